/** Attributions from the question to the stored answer: those that start together share the model's own pass. */
import { unknownRun } from '../errors.ts';
import { ledgerIn } from '../explain/attribution/ledger/ledger.ts';
import { selectable } from '../explain/attribution/parts.ts';
import type { AttributionRequest, AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';
import type { Engine } from '../jobs/engine.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { Answers, type Reading } from './answers.ts';
import { lacking } from './attribution-work.ts';
import { failureOf } from './ending.ts';
import type { Executor } from './executor.ts';
import type { LiveRuns, Place } from './live-runs.ts';
import type { RunStore } from './store.ts';
import type { Asking, Question, RunRecord, Subject } from './types.ts';

/** Questions that differ in their targets alone. */
export type AttributionQuestions = Omit<AttributionRequest, 'selection'>;

export interface Answered {
  readonly run: RunRecord;
  readonly result: AttributionResult;
}

export class Attributions {
  readonly #store: RunStore;
  readonly #live: LiveRuns;
  readonly #executor: Executor;
  readonly #answers: Answers;

  /** @param engine computes what is added to answers */
  constructor(store: RunStore, engine: Engine, live: LiveRuns, executor: Executor) {
    this.#store = store;
    this.#live = live;
    this.#executor = executor;
    this.#answers = new Answers(store, engine);
  }

  /**
   * Starts a logit attribution for each target, or finds those under way or completed. Those that start share the
   * model's own pass. Returns without waiting for them.
   */
  async start(
    subject: Subject,
    questions: AttributionQuestions,
    selection: AttributionSelection = {},
    asking: Asking = {},
  ): Promise<RunRecord[]> {
    const places = await this.#start(subject, questions, selection, asking);
    for (const { leave } of places) leave();
    return places.map(({ run }) => run);
  }

  /**
   * The answer for each target, computed only as far as it is not stored.
   * @param asking.signal ends the waiting, and what is computed when nobody else waits for it or has asked to keep it
   * @throws TributaryError as the engine's, where a run failed or was cancelled
   */
  async ask(
    subject: Subject,
    questions: AttributionQuestions,
    selection: AttributionSelection,
    { signal, ...asking }: Asking & Reading = {},
  ): Promise<Answered[]> {
    const { client } = asking;
    const reading = { signal: asking.keep ? undefined : signal, client };
    const answered = async (asked: AttributionQuestions, again = false): Promise<Answered[]> => {
      const places = await this.#start(subject, asked, selection, asking);
      const lives = places.map(({ run }) => this.#live.find(run.id));
      try {
        await unlessAborted(Promise.all(lives.map((live) => live?.over)), reading.signal);
      } finally {
        for (const { leave } of places) leave();
      }
      return Promise.all(
        places.map(async ({ run: { id } }, index) => {
          const run = await this.#require(id);
          if (run.status === 'COMPLETED') return { run, result: await this.read(run, subject, selection, reading) };
          const live = lives[index];
          // Who asked first may have used up a share of the queue that is not everybody's. Once: for all there may be no room.
          const another = live?.refusal?.details.retryAfter !== undefined && live.client !== client;
          const targets = asked.targets.slice(index, index + 1);
          if (another && !again) return (await answered({ ...asked, targets }, true))[0] as Answered;
          throw live?.refusal ?? failureOf(run);
        }),
      );
    };
    signal?.throwIfAborted();
    return unlessAborted(answered(questions), signal);
  }

  /**
   * A completed attribution's answer; what the selection has more than is stored is computed and added.
   * @param subject null when the run's checkpoint is no longer there
   * @param reading.signal ends the waiting, and what is computed when nobody else waits for it
   * @throws TributaryError CHECKPOINT when it would be needed, RUN_STATE when the method has changed since
   */
  async read(
    run: RunRecord,
    subject: Subject | null,
    selection: AttributionSelection,
    reading: Reading = {},
  ): Promise<AttributionResult> {
    const { id, question } = run;
    if (question.kind !== 'LOGIT_ATTRIBUTION') throw new Error(`Run ${id} is no attribution`);
    return this.#answers.read(run, question, subject, selection, reading);
  }

  /**
   * Has the events of an attribution tell what is selected of its ledger. Where the run under way was not asked for that, it
   * is computed and added to them when the run is over, and figures that it has stay as they are. A circulation tells what it tells.
   * @param subject null when the run's checkpoint is no longer there
   * @param reading.signal ends the waiting, and what is computed when nobody else waits for it or has asked to keep it
   * @throws TributaryError as `read`
   */
  tell(
    run: RunRecord,
    subject: Subject | null,
    selection: AttributionSelection,
    { signal, keep, ...reading }: Reading & Pick<Asking, 'keep'> = {},
  ): Promise<void> {
    const told = this.#tell(run, subject, selection, { ...reading, signal: keep ? undefined : signal });
    return unlessAborted(told, signal);
  }

  /** What is selected of the ledger that the events of an attribution do not tell. */
  async untold(run: RunRecord, selection: AttributionSelection): Promise<AttributionSelection> {
    const { question } = run;
    if (question.kind !== 'LOGIT_ATTRIBUTION') return {};
    const live = await this.#live.join(run.id);
    if (live) return lacking(live, selectable(question.input, selection)) ?? {};
    return (await this.#answers.untold(run, question, selection)) ?? {};
  }

  /** Is something being added to it? */
  isAdding(runId: string): boolean {
    return this.#answers.isAdding(runId);
  }

  /** Ends what is being added to a completed one. @returns whether there was something */
  cancelAdditions(runId: string): Promise<boolean> {
    return this.#answers.cancel(runId);
  }

  /** Ends all that is being added. */
  close(): Promise<void> {
    return this.#answers.close();
  }

  async #tell(
    { id, question }: RunRecord,
    subject: Subject | null,
    selection: AttributionSelection,
    reading: Reading,
  ): Promise<void> {
    if (question.kind !== 'LOGIT_ATTRIBUTION') return;
    const live = await this.#live.join(id);
    if (live && !lacking(live, selectable(question.input, selection))) return;
    await unlessAborted(live?.over ?? Promise.resolve(), reading.signal);
    const run = await this.#require(id);
    if (run.status === 'COMPLETED') await this.#answers.tell(run, question, subject, selection, reading);
  }

  /** A place in the run for each target; none where one of them could not be started. */
  async #start(
    subject: Subject,
    { targets, ...input }: AttributionQuestions,
    selection: AttributionSelection,
    asking: Asking,
  ): Promise<Place[]> {
    const selected = selectable(input, selection);
    const together = this.#executor.attributeTogether(subject, { input, selection: selected }, asking.client);
    const started = await Promise.allSettled(
      targets.map((target) => {
        const question: Question = { kind: 'LOGIT_ATTRIBUTION', input: { ...input, target } };
        const own = selectable(question.input, selected);
        return this.#live.start(subject, question, together.workOf(target, own), asking, ledgerIn(own));
      }),
    );
    // Also when one could not be started: the others have joined.
    together.launch();
    const places = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const refused = started.find((start) => start.status === 'rejected');
    if (!refused) return places;
    for (const { leave } of places) leave();
    throw refused.reason;
  }

  async #require(id: string): Promise<RunRecord> {
    const run = await this.#store.find(id);
    if (!run) throw unknownRun(id);
    return run;
  }
}
