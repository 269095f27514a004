/** Answers of completed attributions, computed as far as they are not stored. */

import { TributaryError, unknownRun } from '../errors.ts';
import type { LayerResult } from '../explain/attribution/grains/layer-result.ts';
import { ledgerIn, withLayers } from '../explain/attribution/ledger/ledger.ts';
import type { AttributionStep, ToldStep } from '../explain/attribution/ledger/step.ts';
import { selectable } from '../explain/attribution/parts.ts';
import type { AttributionResult, AttributionSelection, Grain } from '../explain/attribution/result.ts';
import type { Engine } from '../jobs/engine.ts';
import { attribution } from '../jobs/kinds/attribution.ts';
import { joinAll, SharedJob } from '../jobs/shared-job.ts';
import { answerOf, completion, countsOf, missing, partNames, partsOf } from './answer.ts';
import { contentHash } from './content-hash.ts';
import type { RunStore } from './store.ts';
import type { Asking, Question, RunRecord, RunStep, Subject } from './types.ts';

type AttributionQuestion = Extract<Question, { kind: 'LOGIT_ATTRIBUTION' }>;

/** Who reads, and until when. */
export interface Reading extends Pick<Asking, 'client'> {
  readonly signal?: AbortSignal | undefined;
  /** Why they may not have more computed than is stored; absent: they may. */
  readonly storedOnly?: TributaryError | undefined;
}

/** Parts that are being added to a run. */
interface Addition {
  readonly runId: string;
  readonly selection: AttributionSelection;
  readonly job: SharedJob<void>;
}

export class Answers {
  readonly #store: RunStore;
  readonly #engine: Engine;
  readonly #additions = new Set<Addition>();
  readonly #closing = new AbortController();

  constructor(store: RunStore, engine: Engine) {
    this.#store = store;
    this.#engine = engine;
  }

  /**
   * What the selection has more than is stored is computed and added to the run. What others have asked for meanwhile
   * is not computed again; who asks for nothing more than is stored waits for nobody.
   * @param asked less what there is not with its method and prompt
   * @param subject null when the run's checkpoint is no longer there
   * @param reading.signal ends the waiting, and what is computed when nobody else waits for it
   * @throws TributaryError CHECKPOINT when it would be needed, RUN_STATE when the method has changed since, `storedOnly`,
   *   UNKNOWN_RUN when the run is deleted, or as the engine's
   */
  async read(
    run: RunRecord,
    question: AttributionQuestion,
    subject: Subject | null,
    asked: AttributionSelection,
    { signal, client, storedOnly }: Reading = {},
  ): Promise<AttributionResult> {
    const selection = selectable(question.input, asked);
    const read = () => this.#store.parts(run.id, partNames(selection));
    const stored = await read();
    const rest = missing(selection, countsOf(stored));
    signal?.throwIfAborted();
    if (rest && storedOnly) throw storedOnly;
    if (rest) await this.#added(run.id, this.#jobsFor(run, question, subject, rest, client), signal);
    const parts = rest ? await read() : stored;
    // Deleted meanwhile.
    if (!parts.has('summary')) throw unknownRun(run.id);
    return answerOf(parts, selection);
  }

  /** What of a selection the events of a completed run do not tell; undefined where they tell all of it. */
  async untold(
    { id, eventCount }: RunRecord,
    { input }: AttributionQuestion,
    selection: AttributionSelection,
  ): Promise<AttributionSelection | undefined> {
    const told = ledgerIn(selectable(input, selection));
    // Runs of before attributions told anything have no events.
    return missing(told, await this.#store.partNames(id)) ?? (eventCount === 0 ? {} : undefined);
  }

  /** Has the events of a completed run tell what is selected: what they lack is computed and added. Parameters and errors as of `read`. */
  async tell(
    run: RunRecord,
    question: AttributionQuestion,
    subject: Subject | null,
    selection: AttributionSelection,
    { signal, client, storedOnly }: Reading = {},
  ): Promise<void> {
    const untold = await this.untold(run, question, selection);
    signal?.throwIfAborted();
    if (!untold) return;
    // One that has told nothing has an answer all the same.
    if (Object.keys(untold).length === 0 && (storedOnly || obstacleTo(run, question, subject))) return;
    if (storedOnly) throw storedOnly;
    await this.#added(run.id, this.#jobsFor(run, question, subject, withLayers(untold), client), signal);
  }

  /** Is something being added to a run? */
  isAdding(runId: string): boolean {
    return this.#additionsTo(runId).length > 0;
  }

  /** Ends what is being added to a run, for all who wait for it. @returns whether there was something */
  async cancel(runId: string): Promise<boolean> {
    const jobs = Array.from(this.#additionsTo(runId), ({ job }) => job);
    for (const job of jobs) job.cancel();
    await Promise.all(jobs.map(({ ended }) => ended));
    return jobs.length > 0;
  }

  /** Ends the additions under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(Array.from(this.#additions, ({ job }) => job.ended));
  }

  /** Settles when all is added. @throws TributaryError UNKNOWN_RUN when the run was deleted meanwhile, or as the jobs */
  async #added(runId: string, jobs: readonly SharedJob<void>[], signal: AbortSignal | undefined): Promise<void> {
    const [{ reason }] = (await Promise.allSettled([joinAll(jobs, signal)])) as [Partial<PromiseRejectedResult>];
    signal?.throwIfAborted();
    // What is added to a run ends when that is deleted.
    if (!(await this.#store.find(runId))) throw unknownRun(runId);
    if (reason) throw reason;
  }

  /** Those that may be joined. */
  #additionsTo(id: string): Addition[] {
    return [...this.#additions].filter(({ runId, job }) => runId === id && !job.abandoned);
  }

  /** Those under way that add some of the selection, and a new one for what is left. */
  #jobsFor(
    run: RunRecord,
    question: AttributionQuestion,
    subject: Subject | null,
    selection: AttributionSelection,
    client: string | undefined,
  ): SharedJob<void>[] {
    const underWay = this.#additionsTo(run.id);
    const jobs = new Set<SharedJob<void>>();
    const own: Partial<Record<Grain, number>> = {};
    for (const [grain, count = 0] of Object.entries(selection) as [Grain, number | undefined][]) {
      const addition = underWay.find((other) => (other.selection[grain] ?? 0) >= count);
      if (addition) jobs.add(addition.job);
      else own[grain] = count;
    }
    // Whatever is added to one that has told nothing has it tell all.
    const [other] = underWay;
    if (jobs.size === 0 && Object.keys(own).length === 0 && other) return [other.job];
    if (jobs.size === 0 || Object.keys(own).length > 0) jobs.add(this.#begin(run, question, subject, own, client));
    return [...jobs];
  }

  #begin(
    run: RunRecord,
    question: AttributionQuestion,
    subject: Subject | null,
    selection: AttributionSelection,
    client: string | undefined,
  ): SharedJob<void> {
    const obstacle = obstacleTo(run, question, subject);
    if (obstacle || !subject) throw obstacle;
    const job = new SharedJob((left) =>
      this.#add(run.id, question, subject, selection, {
        signal: AbortSignal.any([left, this.#closing.signal]),
        client,
      }),
    );
    const addition = { runId: run.id, selection, job };
    this.#additions.add(addition);
    void job.ended.then(() => this.#additions.delete(addition));
    return job;
  }

  async #add(
    runId: string,
    { input: { target, ...input } }: AttributionQuestion,
    model: Subject,
    selection: AttributionSelection,
    options: Reading,
  ): Promise<void> {
    // Some of it may have been added since it was found missing.
    const run = await this.#store.find(runId);
    if (!run) throw unknownRun(runId);
    const isSilent = run.eventCount === 0;
    const rest = missing(selection, await this.#store.partNames(runId)) ?? (isSilent ? {} : undefined);
    if (!rest) return;
    const request = { ...input, targets: [target], selection: rest };
    const told: AttributionStep[] = [];
    const onStep = ({ step }: ToldStep) => void told.push(step);
    const [result] = await this.#engine.run(attribution, model, request, { ...options, onStep });
    const answer = result as AttributionResult;
    const adds = isSilent || Object.keys(ledgerIn(rest)).length > 0;
    const steps = adds ? await this.#asStored(runId, told, answer) : [];
    await this.#store.addParts(runId, partsOf(answer, rest), steps);
  }

  /** All that a run tells, with the figures of its answer where that has them already. */
  async #asStored(runId: string, told: readonly AttributionStep[], { grains }: AttributionResult): Promise<RunStep[]> {
    const stored = answerOf(await this.#store.parts(runId, ['summary', 'layers']), { layers: 1 });
    const { layers } = stored.grains;
    const steps = told.map((step) =>
      layers && step.type === 'REVERSE' && step.contributions
        ? { ...step, contributions: layers[step.layer] as LayerResult }
        : step,
    );
    return [...steps, completion({ ...stored, grains })];
  }
}

/** Why nothing can be added to a run; undefined where something can. */
function obstacleTo(
  run: RunRecord,
  question: AttributionQuestion,
  subject: Subject | null,
): TributaryError | undefined {
  if (!subject) {
    return new TributaryError(
      'CHECKPOINT',
      `The checkpoint of run ${run.id} is gone or has changed; only what is stored can be shown`,
    );
  }
  // The hash has the method's version in it: parts of two versions in one answer would not add up.
  if (contentHash({ revision: run.modelRevision }, question) === run.contentHash) return undefined;
  return new TributaryError(
    'RUN_STATE',
    `Run ${run.id} was made by an earlier version of ${question.input.method}; only what is stored can be shown, or ask the same question anew`,
  );
}
