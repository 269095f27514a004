/** Batches that are computed and stored; one that fails is tried again in halves, so that no row fails by another's fault. */
import { TributaryError } from '../../errors.ts';
import type { Engine } from '../../jobs/engine.ts';
import { attributionBatch } from '../../jobs/kinds/attribution-batch.ts';
import { portionsOf } from '../../portions.ts';
import { answered } from './batch-job.ts';
import { groupOf, mostRows, requestOf } from './batches.ts';
import type { Ends } from './ends.ts';
import { untilRoom } from './patience.ts';
import { type AttributionAsked, failureOf } from './questions.ts';

/** Seconds that a batch takes at the most, where it is of more than one question: progress is told, and stored, as often. */
const soonSeconds = 2;

export interface BatchLaneOptions {
  readonly engine: Engine;
  readonly ends: Ends;
  readonly client: string;
  /** Why no new runs may be stored; undefined where they may. */
  readonly refusal: () => Promise<TributaryError | undefined>;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown) => void;
}

export class BatchLane {
  readonly #options: BatchLaneOptions;
  /** Of each group, the most questions at once: fewer where a batch was too large. */
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
    const most = await this.#mostOf(batch);
    const underWay: AttributionAsked[] = [];
    for (const portion of portionsOf(batch, most)) underWay.push(...(await this.#perform(portion)));
    return underWay;
  }

  /** As many as are computed soon: those of a method that has many passes for each are fewer. */
  async #mostOf(batch: readonly AttributionAsked[]): Promise<number> {
    const [first] = batch as readonly [AttributionAsked];
    const group = groupOf(first);
    const known = this.#most.get(group);
    if (known !== undefined) return known;
    // What cannot be estimated is refused by the job itself.
    const expected = await this.#options.engine
      .estimate(attributionBatch, first.subject, requestOf(batch).request)
      .catch(() => undefined);
    const soon = expected ? Math.floor((batch.length * soonSeconds) / expected.runTime) : mostRows;
    const most = Math.min(Math.max(soon, 1), mostRows);
    this.#most.set(group, most);
    return most;
  }

  async #perform(batch: readonly AttributionAsked[]): Promise<AttributionAsked[]> {
    const { engine, ends, client, signal, refusal } = this.#options;
    const refused = await refusal();
    if (refused) {
      await this.#fail(batch, refused);
      return [];
    }
    try {
      const answers = await untilRoom(() => answered(engine, batch, { newId: ends.newRunId, signal, client }), signal);
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
