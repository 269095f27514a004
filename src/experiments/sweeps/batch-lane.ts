/** Batches that are computed and stored; one that fails is tried again in halves, so that no row fails by another's fault. */
import { TributaryError } from '../../errors.ts';
import type { Engine } from '../../jobs/engine.ts';
import { answered } from './batch-job.ts';
import { groupOf, mostRows, portionsOf } from './batches.ts';
import type { Ends } from './ends.ts';
import { untilRoom } from './patience.ts';
import { type AttributionAsked, failureOf } from './questions.ts';

export interface BatchLaneOptions {
  readonly engine: Engine;
  readonly ends: Ends;
  readonly client: string;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown) => void;
}

export class BatchLane {
  readonly #options: BatchLaneOptions;
  /** Of groups whose batches were too large, the most questions at once. */
  readonly #most = new Map<string, number>();

  constructor(options: BatchLaneOptions) {
    this.#options = options;
  }

  /**
   * Computes a batch, and stores what becomes of its rows.
   * @returns those of its questions of which a run is under way
   * @throws the signal's reason
   */
  async perform(batch: readonly AttributionAsked[]): Promise<AttributionAsked[]> {
    const [first] = batch;
    const most = (first && this.#most.get(groupOf(first))) ?? mostRows;
    const underWay: AttributionAsked[] = [];
    for (const portion of portionsOf(batch, most)) underWay.push(...(await this.#perform(portion)));
    return underWay;
  }

  async #perform(batch: readonly AttributionAsked[]): Promise<AttributionAsked[]> {
    const { engine, ends, client, signal } = this.#options;
    try {
      const answers = await untilRoom(() => answered(engine, batch, { signal, client }), signal);
      const placed = await ends.answer(answers);
      return batch.filter((_, index) => placed[index]?.how === 'UNDER_WAY');
    } catch (error) {
      signal.throwIfAborted();
      if (batch.length === 1 || isOfModel(error)) {
        await this.#fail(batch, error);
        return [];
      }
      const half = Math.ceil(batch.length / 2);
      if (error instanceof TributaryError && error.code === 'OVER_CAPACITY')
        this.#most.set(groupOf(batch[0] as AttributionAsked), half);
      const underWay: AttributionAsked[] = [];
      for (const portion of portionsOf(batch, half)) underWay.push(...(await this.perform(portion)));
      return underWay;
    }
  }

  async #fail(batch: readonly AttributionAsked[], error: unknown): Promise<void> {
    const { ends, onFault } = this.#options;
    const failure = failureOf(error);
    if (failure.code === 'INTERNAL') onFault(error);
    await ends.fail(batch.flatMap(({ rows }) => rows.map((index) => ({ index, ...failure }))));
  }
}

/** Whatever is asked of the model fails by it. */
function isOfModel(error: unknown): boolean {
  return error instanceof TributaryError && (error.code === 'CHECKPOINT' || error.code === 'UNKNOWN_MODEL');
}
