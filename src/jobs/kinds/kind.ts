import type { Demand, ModelCost } from '../../inference/cost.ts';
import type { Gate } from '../../inference/gate.ts';
import type { BlockGraph, GrowingGraph, LoadedModel, SingleGraph } from '../../inference/loaded-model.ts';

/** One kind of work on a model: all that queue, capacity and runner know of it. Each is a file in this folder. */
export interface JobKind<Request = unknown, Result = unknown, Step = unknown> {
  readonly name: string;
  /** Tokens of the prompt; 0 for work that reads none. */
  length(request: Request): number;
  /** The sessions that it is given before it begins. */
  graphs(request: Request): readonly (BlockGraph | SingleGraph | GrowingGraph)[];
  /**
   * Names of sets of block graphs whose weights it holds while it is under way, and gives back at its end; absent: none but
   * those of `graphs`, which stay.
   */
  passing?(request: Request): readonly string[];
  /** What it takes beside the model's weights. */
  demand(model: ModelCost, request: Request): Demand;
  /** What of the request makes it large or long, for a refusal: what would be lighter, in words. */
  lighter(request: Request): readonly string[];
  /** Whether a step says how far the job is and nothing of the model: then its files are not looked at before it is told. */
  isBare?(step: Step): boolean;
  /**
   * @param tell to be awaited with each step as it comes
   * @throws TributaryError CANCELLED between two blocks
   */
  run(model: LoadedModel, request: Request, gate: Gate, tell: (step: Step) => Promise<void>): Promise<Result>;
}

/** A question for one model, of whichever kind. */
export interface Work<Request = unknown> {
  readonly kind: string;
  readonly request: Request;
}
