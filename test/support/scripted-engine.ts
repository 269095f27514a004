/** For tests: an engine that does what the test says, when it says it. */
import { EventEmitter, once } from 'node:events';
import type { Snapshot } from '../../src/checkpoint/fingerprint.ts';
import { TributaryError } from '../../src/errors.ts';
import type { ActivationsRequest, ActivationsResult } from '../../src/explain/activations/result.ts';
import type { BatchRequest, ToldInBatch } from '../../src/explain/attribution/batch-request.ts';
import { sourcesGrain } from '../../src/explain/attribution/grains/moves-grain.ts';
import { type LedgerFigure, tells } from '../../src/explain/attribution/ledger/ledger.ts';
import type { AttributionStep, Tell } from '../../src/explain/attribution/ledger/step.ts';
import type { AttributionRequest, AttributionResult, Grains } from '../../src/explain/attribution/result.ts';
import type { CircuitsRequest, CircuitsResult } from '../../src/explain/circuits/result.ts';
import type {
  CirculationRequest,
  CirculationStep,
  TokenCirculationResult,
} from '../../src/explain/circulation/event.ts';
import type { LensRequest, LensResult } from '../../src/explain/lens/result.ts';
import type { PredictionRequest, PredictionResult } from '../../src/explain/prediction.ts';
import type { Engine, Expectation, JobOptions, Place } from '../../src/jobs/engine.ts';
import type { JobKind } from '../../src/jobs/kinds/kind.ts';
import type { Took } from '../../src/jobs/messages.ts';

type Signal = AbortSignal | undefined;

export class ScriptedEngine implements Engine {
  readonly attributions: AttributionRequest[] = [];
  /** Of the jobs of each kind that were asked for, in their order. */
  readonly signals = {
    activations: [] as Signal[],
    attribution: [] as Signal[],
    attributionBatch: [] as Signal[],
    circuits: [] as Signal[],
    circulation: [] as Signal[],
    lens: [] as Signal[],
    prediction: [] as Signal[],
  };
  /** Batches of attributions that were asked for. */
  readonly batches: BatchRequest[] = [];
  /** What a batch fails with; undefined: it is answered, as attributions are. */
  refusal: (batch: BatchRequest) => Error | undefined = () => undefined;
  circulations = 0;
  /** Clients that joined a job in the queue. */
  readonly joined: string[] = [];
  /** What every job took; undefined: nobody is told. */
  took: Took | undefined;
  /** What is told of the place of whichever job. */
  place: Place | null = null;
  readonly circuitQuestions: CircuitsRequest[] = [];
  /** What attributions and circulations wait for before they start; undefined: they start at once. */
  queue: Promise<void> | undefined;
  /** What an attribution waits for, once it has started. */
  held: Promise<void> = Promise.resolve();
  /** Of the attribution that was taken last. */
  tell: Tell = () => undefined;
  /** Of the circulation that was started last. */
  step: (step: CirculationStep) => void = () => undefined;
  end: () => void = () => undefined;
  fail: (error: Error) => void = () => undefined;
  readonly #asking = new EventEmitter();

  /** Settles when so many jobs of a kind have been asked for. */
  async asked(kind: keyof typeof this.signals, count: number): Promise<void> {
    while (this.signals[kind].length < count) await once(this.#asking, 'job');
  }

  async run<Request, Result, Step>(
    { name }: JobKind<Request, Result, Step>,
    _model: Snapshot,
    request: Request,
    options: JobOptions<Step> = {},
  ): Promise<Result> {
    const answers: Record<string, () => Promise<unknown>> = {
      attribution: () => this.#attribute(request as AttributionRequest, options as JobOptions<unknown> as JobOptions),
      attributionBatch: () =>
        this.#attributeBatch(request as BatchRequest, options as JobOptions<unknown> as JobOptions<ToldInBatch>),
      circulation: () => this.#circulate(options as JobOptions<unknown> as JobOptions<CirculationStep>),
      circuits: () => this.#circuits(request as CircuitsRequest, options),
      prediction: () => this.#predict(request as PredictionRequest, options),
      activations: () => this.#look('activations', request as ActivationsRequest, options),
      lens: () => this.#look('lens', request as LensRequest, options),
    };
    const answer = (await answers[name]?.()) as Result;
    if (this.took) options.onTook?.(this.took);
    return answer;
  }

  async estimate(): Promise<Expectation> {
    const [memoryBudget, timeBudget] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    return { tokens: 2, weights: 1, activations: 1, loadTime: 0, runTime: 1, memoryBudget, timeBudget, queueTime: 0 };
  }

  async countsOf() {
    return { running: 0, waiting: 0 };
  }

  stateOf() {
    return { status: 'READY' as const, progress: null, error: null, weights: 'LEAN' as const };
  }

  watch() {
    return () => undefined;
  }

  async close(): Promise<void> {}

  /** Tells its first step before it is held, and the others behind. */
  async #attribute(request: AttributionRequest, options: JobOptions) {
    this.attributions.push(request);
    this.#ask('attribution', options);
    await this.#taken(options);
    const tell: Tell = (told) => options.onStep?.(told);
    this.tell = tell;
    const [first, ...others] = stepsOf(request);
    tell({ step: first as AttributionStep });
    await Promise.race([this.held, cancelledBy(options.signal)]);
    for (const step of others) tell({ step });
    return request.targets.map(() => answer(request));
  }

  /** Held as attributions are. The first step is told of all alike, the others of each prompt by itself. */
  async #attributeBatch(batch: BatchRequest, options: JobOptions<ToldInBatch>): Promise<AttributionResult[][]> {
    this.batches.push(batch);
    this.#ask('attributionBatch', options);
    await this.#taken(options);
    await Promise.race([this.held, cancelledBy(options.signal)]);
    const refusal = this.refusal(batch);
    if (refusal) throw refusal;
    const [first, ...others] = stepsOf(batch);
    options.onStep?.({ prompt: undefined, step: first as AttributionStep });
    for (const prompt of batch.prompts.keys()) for (const step of others) options.onStep?.({ prompt, step });
    return batch.prompts.map((prompt) => prompt.targets.map(() => answer({ ...batch, ...prompt })));
  }

  async #circulate(options: JobOptions<CirculationStep>): Promise<void> {
    this.circulations++;
    this.#ask('circulation', options);
    const ended = Promise.withResolvers<void>();
    this.step = (step) => options.onStep?.(step);
    this.end = ended.resolve;
    this.fail = ended.reject;
    await Promise.race([Promise.all([this.#taken(options), ended.promise]), cancelledBy(options.signal)]);
  }

  /** Each number is how many questions there were before it; waits as attributions do. */
  async #circuits(request: CircuitsRequest, options: Pick<JobOptions, 'signal'>): Promise<CircuitsResult> {
    const score = Float32Array.of(this.circuitQuestions.length);
    this.circuitQuestions.push(request);
    this.#ask('circuits', options);
    await Promise.race([this.held, cancelledBy(options.signal)]);
    return {
      ...(request.copying && { copying: score }),
      composition: Object.fromEntries(request.composition.map((kind) => [kind, score])),
    };
  }

  /** Waits as attributions do. */
  async #predict({ tokens }: PredictionRequest, options: Pick<JobOptions, 'signal'>): Promise<PredictionResult> {
    this.#ask('prediction', options);
    await Promise.race([this.held, cancelledBy(options.signal)]);
    const reading = (token: number) => ({ token, logit: 1, probability: 0.5, rank: 1 });
    return { tokens: tokens.map(reading), likeliest: [] };
  }

  /** Sees no more than which blocks there are; waits as attributions do. */
  async #look(
    kind: 'activations' | 'lens',
    { layers }: Pick<ActivationsRequest, 'layers'>,
    options: Pick<JobOptions, 'signal'>,
  ): Promise<ActivationsResult | LensResult> {
    this.#ask(kind, options);
    await Promise.race([this.held, cancelledBy(options.signal)]);
    return { layers: layers.map((layer) => ({ layer, tensors: {} })) };
  }

  #ask(kind: keyof typeof this.signals, { signal, onQueue }: Pick<JobOptions, 'signal' | 'onQueue'>): void {
    this.signals[kind].push(signal);
    onQueue?.({ place: async () => this.place, join: (client) => this.joined.push(client) });
    this.#asking.emit('job');
  }

  async #taken({ signal, onStart }: Pick<JobOptions, 'signal' | 'onStart'>): Promise<void> {
    if (this.queue) await Promise.race([this.queue, cancelledBy(signal)]);
    onStart?.();
  }
}

function cancelledBy(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = () => reject(new TributaryError('CANCELLED', 'cancelled'));
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  return promise;
}

export const subject = { name: 'm', folder: '/m', fingerprint: 'f1', revision: 'r1' };
const target = { position: 1, token: null, against: null };

/** Questions; another seed, another question. */
export const circulation = (seed: number): CirculationRequest => ({
  inputIds: [1, seed],
  track: [0],
  target,
  layers: 2,
  top: 1,
});
export const attribution = (seed: number) => ({ inputIds: [1, seed], targets: [target], method: 'FROZEN' as const });

const found = {
  position: 1,
  token: 3,
  against: null,
  logit: 1,
  cappedLogit: 1,
  logProbability: -1,
  probability: 0.1 + 0.2,
  rank: 1,
};
const audit = { logit: 1, sum: 1, gap: 5e-324, relativeGap: 0, tolerance: 1e-4, deviation: 0, passed: true };

export const started: CirculationStep = { type: 'STARTED', tokens: [1, 2], layerCount: 2, track: [0] };
export const completed: CirculationStep = { type: 'COMPLETED', target: found, tracked: [], audit };

/** The step of one block, with numbers that only an exact copy has. */
export function passed(layer: number, positions = 2): CirculationStep {
  const floats = (length: number) => Float32Array.from({ length }, (_, index) => Math.sin(layer * 1000 + index) / 3);
  const tracked: TokenCirculationResult = {
    position: 0,
    share: floats(positions),
    norm: Float32Array.of(Number.NaN, -0, Number.NEGATIVE_INFINITY, 1e-45),
    throughAttention: floats(positions),
    throughMlp: floats(positions),
    heads: floats(3 * positions),
    paid: floats(3 * positions),
    received: new Float32Array(0),
    logitShare: Math.PI,
    movement: Number.MIN_VALUE,
    attentionNorm: 1 / 3,
    mlpNorm: 0,
  };
  const lens = { token: 3, logit: -1.1, probability: 0.1, rank: 1 };
  return { type: 'LAYER', layer, elapsed: 0.5, tracked: [tracked], lens: [lens], target: lens };
}

/** What an attribution through one block tells, as far as it is selected. */
export function stepsOf({ selection }: Pick<AttributionRequest, 'selection'>): AttributionStep[] {
  const where = <Figures>(figure: LedgerFigure, figures: Figures) => (tells(selection, figure) ? figures : {});
  const lens = Array.from({ length: selection['ledger.LENS'] ?? 0 }, (_, index) => ({
    token: 3 - index,
    logit: 1 / 3,
    probability: 0.1,
    rank: index + 1,
  }));
  const provisional = { attention: 1 / 7, mlp: null, attentionBias: 0, heads: Float32Array.of(1 / 3) };
  return [
    { type: 'STARTED', layerCount: 1, throughBlocks: true, unit: 'BLOCKS', total: 2 },
    {
      type: 'FORWARD',
      layer: 0,
      elapsed: 0.5,
      ...where('PROVISIONAL', { provisional }),
      ...where('LENS', { lens, target: lens[0] }),
    },
    { type: 'REVERSE', layer: 0, elapsed: 0.5, ...where('TOTAL', { contributions: layerResult, biasSoFar: 1 / 9 }) },
  ];
}

const both = { direct: 1, total: 2 };
const layerResult = { attention: both, mlp: both, attentionBias: both, heads: [both], residual: 1, bias: 0 };

/** An answer to the last number determined by the question, as the real engine's is. */
export function answer({ inputIds, selection }: AttributionRequest): AttributionResult {
  const grains: Partial<Grains> = {};
  const { layers, neurons, 'edges.TOTAL': edges, [sourcesGrain]: sources } = selection;
  if (layers) grains.layers = [layerResult];
  if (tells(selection, 'PROVISIONAL')) grains['ledger.PROVISIONAL'] = { scale: 2 };
  if (tells(selection, 'LENS')) grains['ledger.LENS'] = null;
  if (tells(selection, 'TOTAL')) grains['ledger.TOTAL'] = null;
  if (sources) grains[sourcesGrain] = { shape: [2], values: Float32Array.of(1 / 3, 2 / 3) };
  if (neurons) {
    grains.neurons = [
      Array.from({ length: neurons }, (_, neuron) => ({ ...both, neuron, position: 0, activation: 1 })),
    ];
  }
  if (edges) {
    grains['edges.TOTAL'] = Array.from({ length: edges }, (_, index) => ({
      layer: 0,
      head: 0,
      from: 0,
      to: 1,
      weight: 1,
      score: 9 - index,
    }));
  }
  return {
    target: found,
    tokens: Float32Array.from(inputIds),
    positions: null,
    bias: 0,
    audit,
    embedding: both,
    grains,
  };
}
