import type { ModelSpecification } from '../../../architecture/specification.ts';
import type { Demand, ModelCost } from '../../../inference/cost.ts';
import type { Gate } from '../../../inference/gate.ts';
import type { BlockGraph, LoadedModel, SingleGraph } from '../../../inference/loaded-model.ts';
import type { BatchRequest, TellInBatch } from '../batch-request.ts';
import type { Progress, Tell } from '../ledger/step.ts';
import type { AttributionRequest, AttributionResult, MethodOptions } from '../result.ts';

/** One way to trace a logit: all that there is to know of it. Each is a file in this folder; formulas: docs/mathematics.md. */
export interface Method<Name extends string = string> {
  /** The value of the enum `AttributionMethod`. */
  readonly name: Name;
  /** Raised when its figures change: answers of before are then no longer replayed. */
  readonly version: number;
  /** For the schema and the documentation. */
  readonly description: string;
  /** The options that it takes, with their defaults; absent: none. */
  readonly options?: MethodOptions;
  /** Whether it goes back through the blocks, so that grains can be read off its way; otherwise it knows tokens alone. */
  readonly throughBlocks: boolean;
  /** The sessions that it needs. */
  readonly graphs: readonly (BlockGraph | SingleGraph)[];
  /** About how many passes through the model it takes. @param length of the prompt, or a guess at it */
  passes(options: MethodOptions, length: number): number;
  /** What its progress is counted in, and up to where. */
  progress(model: Pick<ModelSpecification, 'layerCount'>, request: AttributionRequest): Progress;
  /** What it takes, the readings of its grains and the answers not counted. */
  demand(model: ModelCost, request: AttributionRequest): Demand;
  /**
   * One answer for each target, in order; they share the model's own pass.
   * @param tell to be awaited with each step as it comes
   * @throws TributaryError CANCELLED between two blocks
   */
  run(model: LoadedModel, request: AttributionRequest, gate: Gate, tell: Tell): Promise<AttributionResult[]>;
  /** How it answers several prompts of one length as rows of one pass; absent: it is asked one after the other. */
  readonly together?: Together;
}

/** `demand` and `run` of a method, of prompts of one length side by side. */
export interface Together {
  demand(model: ModelCost, request: BatchRequest): Demand;
  /** One answer for each target of each prompt, in order. Parameters and errors as of the method's own. */
  run(model: LoadedModel, request: BatchRequest, gate: Gate, tell: TellInBatch): Promise<AttributionResult[][]>;
}
