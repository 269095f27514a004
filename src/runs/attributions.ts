/** Attributions from the question to the stored answer: those that start together share the model's own pass. */
import { unknownRun } from '../errors.ts';
import { selectable } from '../explain/attribution/parts.ts';
import type { AttributionRequest, AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';
import type { Engine } from '../jobs/engine.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { partsOf } from './answer.ts';
import { Answers, type Reading } from './answers.ts';
import { failureOf } from './ending.ts';
import type { LiveRuns, Place, Work } from './live-runs.ts';
import { SharedAttribution } from './shared-attribution.ts';
import type { RunStore } from './store.ts';
import type { Asking, RunRecord, Subject } from './types.ts';

/** Questions that differ in their targets alone. */
export type AttributionQuestions = Omit<AttributionRequest, 'selection'>;

export interface Answered {
  readonly run: RunRecord;
  readonly result: AttributionResult;
}

export class Attributions {
  readonly #store: RunStore;
  readonly #engine: Engine;
  readonly #live: LiveRuns;
  readonly #answers: Answers;

  constructor(store: RunStore, engine: Engine, live: LiveRuns) {
    this.#store = store;
    this.#engine = engine;
    this.#live = live;
    this.#answers = new Answers(store, engine);
  }

  /** The run for each target, under way or over: `RunService.startAttributions`. */
  async start(
    subject: Subject,
    questions: AttributionQuestions,
    selection: AttributionSelection,
    asking: Asking,
  ): Promise<RunRecord[]> {
    const places = await this.#start(subject, questions, selection, asking);
    for (const { leave } of places) leave();
    return places.map(({ run }) => run);
  }

  /** The answer for each target, waited for: `RunService.attributions`. */
  async ask(
    subject: Subject,
    questions: AttributionQuestions,
    selection: AttributionSelection,
    { signal, ...asking }: Asking & Reading,
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
          const run = await this.#store.find(id);
          if (!run) throw unknownRun(id);
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

  /** A completed one's answer: `RunService.answer`. */
  async read(
    run: RunRecord,
    subject: Subject | null,
    selection: AttributionSelection,
    reading: Reading,
  ): Promise<AttributionResult> {
    const { id, question } = run;
    if (question.kind !== 'LOGIT_ATTRIBUTION') throw new Error(`Run ${id} is no attribution`);
    return this.#answers.read(run, question, subject, selection, reading);
  }

  /** Ends what is being added to a completed one. @returns whether there was something */
  cancelAdditions(runId: string): Promise<boolean> {
    return this.#answers.cancel(runId);
  }

  /** Ends all that is being added. */
  close(): Promise<void> {
    return this.#answers.close();
  }

  /** A place in the run for each target; none where one of them could not be started. */
  async #start(
    subject: Subject,
    { targets, ...input }: AttributionQuestions,
    selection: AttributionSelection,
    asking: Asking,
  ): Promise<Place[]> {
    const shared = new SharedAttribution(this.#engine, subject, input, selectable(input, selection), asking.client);
    const started = await Promise.allSettled(
      targets.map((target) => {
        const work: Work = async (id, live, told) => {
          const result = await shared.join(target, live.signal, told);
          await this.#store.complete(id, partsOf(result, selection));
        };
        return this.#live.start(subject, { kind: 'LOGIT_ATTRIBUTION', input: { ...input, target } }, work, asking);
      }),
    );
    // Also when one could not be started: the others have joined.
    shared.launch();
    const places = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const refused = started.find((start) => start.status === 'rejected');
    if (!refused) return places;
    for (const { leave } of places) leave();
    throw refused.reason;
  }
}
