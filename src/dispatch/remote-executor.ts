/** Runs that workers compute and record: this process has them dispatched, and waits for their ends. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { TributaryError } from '../errors.ts';
import type { AttributionSelection } from '../explain/attribution/result.ts';
import type { TargetRequest } from '../inference/target.ts';
import { timeIn } from '../jobs/capacity/estimate.ts';
import type { Ticket } from '../jobs/engine.ts';
import { attribution } from '../jobs/kinds/attribution.ts';
import { circulation } from '../jobs/kinds/circulation.ts';
import { generation } from '../jobs/kinds/generation.ts';
import { cancelled } from '../runs/ending.ts';
import type { Work } from '../runs/execution.ts';
import type { Executor, RecordedQuestion, Together, TogetherQuestion } from '../runs/executor.ts';
import type { LiveRun, Told } from '../runs/live-run.ts';
import type { RunStore } from '../runs/store.ts';
import type { RunRecord, Subject } from '../runs/types.ts';
import type { AskedTasks } from './asked-tasks.ts';
import type { DispatchedRuns } from './dispatched-runs.ts';
import type { Placement } from './placement.ts';
import type { RemoteEngine } from './remote-engine.ts';
import type { RunEnds } from './run-ends.ts';
import type { TaskRun } from './task.ts';
import type { Tickets } from './tickets.ts';
import type { Wants } from './wants.ts';

export interface RemoteExecutorParts {
  readonly store: RunStore;
  readonly engine: RemoteEngine;
  readonly tasks: AskedTasks;
  readonly tickets: Tickets;
  readonly placement: Placement;
  readonly runs: DispatchedRuns;
  readonly ends: RunEnds;
  readonly wants: Wants;
}

interface Joined extends TaskRun {
  readonly live: LiveRun;
  readonly told: Told;
  readonly target: TargetRequest;
  readonly put: PromiseWithResolvers<void>;
}

export class RemoteExecutor implements Executor {
  readonly #parts: RemoteExecutorParts;
  #left = false;

  constructor(parts: RemoteExecutorParts) {
    this.#parts = parts;
  }

  record(subject: Subject, question: RecordedQuestion, client: string | undefined): Work {
    return async (id, live, told) => {
      told.onQueue(
        await this.#put(subject, [{ id, selection: {} }], {}, client, () =>
          question.kind === 'CIRCULATION'
            ? this.#parts.engine.estimate(circulation, subject, question.input)
            : this.#parts.engine.estimate(generation, subject, question.input),
        ),
      );
      await this.#end(id, live);
    };
  }

  attributeTogether(subject: Subject, { input, selection }: TogetherQuestion, client: string | undefined): Together {
    const joined: Joined[] = [];
    // What is computed for several is done on behalf of the first.
    let within: <Result>(work: () => Result) => Result = (work) => work();
    return {
      workOf: (target: TargetRequest, own: AttributionSelection) => async (id, live, told) => {
        const put = Promise.withResolvers<void>();
        if (joined.length === 0) within = AsyncLocalStorage.snapshot();
        joined.push({ id, selection: own, live, told, target, put });
        await put.promise;
        await this.#end(id, live);
      },
      launch: () => {
        const staying = joined.filter(({ live }) => !live.signal.aborted);
        for (const { live, put } of joined) if (live.signal.aborted) put.resolve();
        if (staying.length === 0) return;
        const runs = staying.map((run) => ({ id: run.id, selection: run.selection }));
        const targets = staying.map(({ target }) => target);
        const request = { ...input, targets, selection };
        const estimate = () => this.#parts.engine.estimate(attribution, subject, request);
        within(() => this.#put(subject, runs, selection, client, estimate)).then(
          (ticket) => {
            for (const { told, put } of staying) {
              told.onQueue(ticket);
              put.resolve();
            }
          },
          (error) => {
            for (const { put } of staying) put.reject(error);
          },
        );
      },
    };
  }

  async join(runId: string): Promise<Work | undefined> {
    const standing = (await this.#parts.runs.standing([runId])).get(runId);
    if (standing?.is !== 'underWay') return undefined;
    const { taskId } = standing;
    return async (id, live, told) => {
      if (taskId !== undefined) told.onQueue(this.#parts.tickets.of(taskId));
      await this.#end(id, live);
    };
  }

  isWantedElsewhere(runId: string): Promise<boolean> {
    return this.#parts.wants.ask(runId);
  }

  leave(): void {
    this.#left = true;
    this.#parts.ends[Symbol.dispose]();
  }

  async left(): Promise<RunRecord[]> {
    const { runs, store } = this.#parts;
    const found = await Promise.all((await runs.left()).map((id) => store.find(id)));
    return found.filter((run) => run !== undefined);
  }

  /** @returns where it stands */
  async #put(
    { revision, name }: Subject,
    runs: readonly TaskRun[],
    selection: AttributionSelection,
    client = '',
    estimate: () => ReturnType<RemoteEngine['estimate']>,
  ): Promise<Ticket> {
    const { tasks, placement, tickets } = this.#parts;
    if (this.#left) throw cancelled('The server is shutting down');
    const work = { type: 'runs', runs, selection } as const;
    const task = {
      id: randomUUID(),
      revision,
      modelName: name,
      client,
      mostTaken: placement.mostTakenOf(client),
      work,
    };
    placement.requireHost(task);
    await tasks.put(task, (waiting) => placement.admit(waiting));
    return tickets.of(task.id, async () => timeIn(await estimate()));
  }

  /** Settles when a run is over, or is left to others. @throws TributaryError once it is stopped here, or where nobody will end it */
  async #end(id: string, live: LiveRun): Promise<void> {
    const { ends, tasks } = this.#parts;
    const stopped = Promise.withResolvers<never>();
    stopped.promise.catch(() => undefined);
    const stop = () => stopped.reject(live.signal.reason);
    live.signal.addEventListener('abort', stop);
    if (live.signal.aborted) stop();
    try {
      const is = await Promise.race([ends.of(id), stopped.promise]);
      if (is === 'lost')
        throw new TributaryError('OVER_CAPACITY', 'The run was lost on its way to a worker; ask again to run it anew');
    } catch (error) {
      ends.leave(id);
      // Of one that nobody has taken yet nothing is left; the worker of another one hears of its end.
      if (live.signal.aborted) await tasks.leave(id).catch(() => undefined);
      throw error;
    } finally {
      live.signal.removeEventListener('abort', stop);
    }
  }
}
