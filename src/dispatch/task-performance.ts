/** One task at a worker, from when it was taken to its end. */

import { selectable } from '../explain/attribution/parts.ts';
import type { CatalogueModel } from '../inference/catalogue.ts';
import type { Engine } from '../jobs/engine.ts';
import { jobKindOf } from '../jobs/kinds/registry.ts';
import type { Took } from '../jobs/messages.ts';
import { requestScope } from '../request-scope.ts';
import { countdown } from '../runs/audience.ts';
import { execute, type Work } from '../runs/execution.ts';
import { Fenced } from '../runs/fenced.ts';
import { LiveRun } from '../runs/live-run.ts';
import { LocalWorks } from '../runs/local-works.ts';
import type { Signals } from '../runs/signals.ts';
import type { RunStore } from '../runs/store.ts';
import { subjectOf } from '../runs/subject.ts';
import { askedOf, isOver, type RunRecord } from '../runs/types.ts';
import { AttemptRecording } from './attempt-recording.ts';
import type { TakenTasks } from './taken-tasks.ts';
import { failureOf, type TakenTask, type TaskAnswer, type TaskStep, type TaskWork } from './task.ts';

/** Milliseconds for which steps of attributions are gathered: who follows a run does so at another machine. */
const gathering = 30;

export interface PerformanceParts {
  readonly tasks: TakenTasks;
  readonly store: RunStore;
  readonly signals: Signals;
  readonly engine: Engine;
  /** Told of failures that are nobody's input's. */
  readonly onFault: (error: unknown) => void;
}

export class TaskPerformance {
  readonly task: TakenTask;
  /** Settles, never rejects, when nothing of it is under way here any more. */
  readonly over: Promise<void>;
  readonly #parts: PerformanceParts;
  readonly #stopping = new AbortController();
  readonly #recording: AttemptRecording;
  readonly #lives = new Map<string, LiveRun>();
  #dropped = false;

  constructor(task: TakenTask, model: CatalogueModel, parts: PerformanceParts) {
    this.task = task;
    this.#parts = parts;
    this.#recording = new AttemptRecording(parts.store, task.attempt);
    this.over = this.#perform(model).catch((error) => {
      if (!this.#dropped && !(error instanceof Fenced)) parts.onFault(error);
    });
  }

  /** Runs of it that are under way. */
  get runIds(): readonly string[] {
    return [...this.#lives.keys()];
  }

  /** A run of it has an end by now: others go on. */
  stopRun(runId: string): void {
    this.#lives.get(runId)?.stop({ type: 'CANCELLED' });
  }

  /** It is not this worker's any more, or nobody's: nothing more is written of it. Settles when nothing of it is under way. */
  async drop(): Promise<void> {
    this.#dropped = true;
    const closed = this.#recording.close();
    this.#stopping.abort();
    for (const live of this.#lives.values()) live.stop({ type: 'CANCELLED' });
    await Promise.all([closed, this.over]);
  }

  /** In the trace of who asked. */
  #perform(model: CatalogueModel): Promise<void> {
    const { id, work, trace } = this.task;
    const scope = { id, ...(trace !== undefined && { trace: { traceparent: trace } }) };
    return requestScope.run(scope, () =>
      work.type === 'job' ? this.#answer(model, work) : this.#carryOut(model, work),
    );
  }

  async #carryOut(model: CatalogueModel, { runs, selection }: Extract<TaskWork, { type: 'runs' }>): Promise<void> {
    const { store, signals, engine, tasks } = this.#parts;
    const found = await Promise.all(runs.map(async (run) => ({ ...run, record: await store.find(run.id) })));
    const open = found.flatMap(({ record, ...run }) => (record && !isOver(record.status) ? [{ ...run, record }] : []));
    for (const { record } of open) await this.#recording.begin(record.id, record.eventCount);
    const [first] = open;
    if (first && !this.#dropped) {
      const subject = { ...(await subjectOf(model)), name: first.record.modelName };
      const works = new LocalWorks(this.#recording, signals, engine, gathering);
      const client = this.task.client;
      const { question } = first.record;
      if (question.kind === 'LOGIT_ATTRIBUTION') {
        const { target: _, ...input } = question.input;
        const together = works.attributeTogether(subject, { input, selection }, client);
        const begun = open.map(({ record, selection: own }) => {
          const asked = askedOf(record, 'LOGIT_ATTRIBUTION');
          return this.#begin(record, together.workOf(asked.target, selectable(asked, own)));
        });
        together.launch();
        await Promise.all(begun);
      } else await this.#begin(first.record, works.record(subject, question, client));
    }
    if (!this.#dropped) await tasks.finish(this.task);
  }

  async #begin({ id }: RunRecord, work: Work): Promise<void> {
    const { onFault } = this.#parts;
    const ended = Promise.withResolvers<void>();
    // Who reads it, and until when, its server knows.
    const patience = { grace: Number.POSITIVE_INFINITY, countdown };
    const live = new LiveRun({
      patience,
      over: ended.promise,
      client: this.task.client,
      ledger: {},
      onDeserted: () => undefined,
    });
    this.#lives.set(id, live);
    const tellFault = (error: unknown) => {
      if (!(error instanceof Fenced)) onFault(error);
    };
    try {
      await execute(id, work, live, { recording: this.#recording, onFault: tellFault });
    } finally {
      ended.resolve();
      this.#lives.delete(id);
    }
  }

  async #answer(model: CatalogueModel, { kind, request }: Extract<TaskWork, { type: 'job' }>): Promise<void> {
    const { engine, tasks } = this.#parts;
    const steps = new StepWriter(tasks, this.task, () => this.#stopping.abort());
    let took: Took | undefined;
    let answer: TaskAnswer;
    try {
      const result = await engine.run(jobKindOf(kind), model.checkpoint, request, {
        signal: this.#stopping.signal,
        client: this.task.client,
        onStart: () => steps.write({ type: 'begun' }),
        onStep: (step) => steps.write({ type: 'step', step }),
        onTook: (all) => {
          took = all;
        },
      });
      answer = { result, took };
    } catch (error) {
      answer = { failure: failureOf(error) };
    }
    await steps.flushed();
    if (!this.#dropped) await tasks.answer(this.task, answer);
  }
}

/** Writes steps as they come; those that come meanwhile go together. */
class StepWriter {
  readonly #tasks: TakenTasks;
  readonly #task: TakenTask;
  readonly #onLost: () => void;
  #waiting: TaskStep[] = [];
  #written = 0;
  #writing: Promise<void> | undefined;

  /** @param onLost called when the task is not this worker's any more */
  constructor(tasks: TakenTasks, task: TakenTask, onLost: () => void) {
    this.#tasks = tasks;
    this.#task = task;
    this.#onLost = onLost;
  }

  write(step: TaskStep): void {
    this.#waiting.push(step);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    // Told by `flushed`.
    this.#writing.catch(() => undefined);
  }

  async flushed(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const steps = this.#waiting.splice(0);
      if (!(await this.#tasks.step(this.#task, this.#written, steps))) return this.#onLost();
      this.#written += steps.length;
    }
  }
}
