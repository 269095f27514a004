/** The engine of a server that computes nothing itself: every job is a task for a worker. */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { checkpointRevision } from '../checkpoint/revision.ts';
import type { Members } from '../cluster/members.ts';
import { TributaryError } from '../errors.ts';
import { timeIn } from '../jobs/capacity/estimate.ts';
import { Estimator, type Plan, type Terms } from '../jobs/capacity/estimator.ts';
import type { Engine, Expectation, JobOptions, LoadState } from '../jobs/engine.ts';
import type { JobKind } from '../jobs/kinds/kind.ts';
import type { JobCounts } from '../jobs/shares.ts';
import { Signal } from '../signal.ts';
import type { WorkerModel } from '../worker-state.ts';
import type { JobAnswers } from './job-answers.ts';
import { machineOf } from './machine.ts';
import type { Placement } from './placement.ts';
import type { TaskCounts } from './task-counts.ts';
import type { Tickets } from './tickets.ts';

export interface RemoteEngineParts {
  readonly members: Members;
  readonly placement: Placement;
  readonly counts: TaskCounts;
  readonly tickets: Tickets;
  readonly answers: JobAnswers;
  /** Seconds that a job may take. */
  readonly time: number;
}

const unloaded: LoadState = { status: 'UNLOADED', progress: null, error: null, weights: null };

/** What is told of a model that several workers have: of the one that is ahead. */
const order = ['READY', 'LOADING', 'FAILED', 'UNLOADED'] as const;

export class RemoteEngine implements Engine {
  readonly #parts: RemoteEngineParts;
  readonly #estimator: Estimator;
  /** By folder and fingerprint: reading what it is made of takes its time. */
  readonly #revisions = new Map<string, string>();
  readonly #learnt = new Signal();

  constructor(parts: RemoteEngineParts) {
    this.#parts = parts;
    const { placement, time } = parts;
    const machine = machineOf(() => placement.workers);
    this.#estimator = new Estimator({
      threads: 1,
      get memory() {
        return machine.memory;
      },
      time,
      machine,
    });
  }

  async run<Request, Result, Step>(
    kind: JobKind<Request, Result, Step>,
    model: Snapshot,
    request: Request,
    { signal, client = '', onQueue, onStart, onStep, onTook }: JobOptions<Step> = {},
  ): Promise<Result> {
    const { placement, answers, tickets } = this.#parts;
    if (signal?.aborted) throw new TributaryError('CANCELLED', 'The run was cancelled');
    const revision = await this.#revisionOf(model);
    const id = randomUUID();
    const work = { type: 'job', kind: kind.name, request } as const;
    const task = {
      id,
      revision,
      modelName: basename(model.folder),
      client,
      mostTaken: placement.mostTakenOf(client),
      work,
    };
    placement.requireHost(task);
    onQueue?.(tickets.of(id, async () => timeIn(await this.estimate(kind, model, request))));
    const told = { signal, onStart, onStep: onStep as JobOptions['onStep'], onTook };
    return (await answers.of(task, told)) as Result;
  }

  async estimate<Request>(
    kind: JobKind<Request>,
    model: Snapshot,
    request: Request,
    client = '',
  ): Promise<Expectation> {
    const { placement, counts } = this.#parts;
    const revision = await this.#revisionOf(model);
    placement.requireHost({ revision, modelName: basename(model.folder) });
    const plan = await this.#estimator.plan(kind, model, request);
    const estimate = await this.#estimator.estimate(plan, this.#termsOf(plan, revision));
    const waiting = await counts.waiting(client);
    const hosts = placement.hostsOf(revision);
    const places = hosts.reduce((sum, { worker }) => sum + worker.workers, 0);
    const running = hosts.reduce((sum, { worker }) => sum + worker.running, 0);
    const rounds = Math.max(0, Math.ceil((waiting.all + 1 + running - places) / Math.max(places, 1)));
    // Those before it are taken to be like it.
    return { ...estimate, queueTime: placement.hasPlace(waiting) ? rounds * timeIn(estimate) : null };
  }

  countsOf(client: string): Promise<JobCounts> {
    return this.#parts.counts.countsOf(client);
  }

  stateOf(model: Snapshot): LoadState {
    const revision = this.#revisions.get(keyOf(model));
    if (revision === undefined) {
      this.#revisionOf(model).catch(() => undefined);
      return unloaded;
    }
    const best = this.#best(revision);
    return best ? { status: best.status, progress: best.progress, error: best.error, weights: best.weights } : unloaded;
  }

  watch(onState: () => void): () => void {
    const stops = [this.#parts.members.watch(onState), this.#learnt.listen(onState)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  async close(): Promise<void> {
    this.#parts.answers[Symbol.dispose]();
  }

  #best(revision: string): WorkerModel | undefined {
    const models = this.#parts.placement.hostsOf(revision).map(({ model }) => model);
    return models.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))[0];
  }

  /** As if a worker that has the model in memory had all of its graphs. */
  #termsOf({ graphSets }: Plan, revision: string): Terms {
    const best = this.#best(revision);
    const weights = best?.weights ?? 'LEAN';
    return { weights, held: best?.status === 'READY' ? { weights, graphSets: new Set(graphSets) } : undefined };
  }

  async #revisionOf(model: Snapshot): Promise<string> {
    const key = keyOf(model);
    const known = this.#revisions.get(key) ?? (await checkpointRevision(model));
    if (!this.#revisions.has(key)) {
      this.#revisions.set(key, known);
      this.#learnt.wake();
    }
    return known;
  }
}

function keyOf({ folder, fingerprint }: Snapshot): string {
  return `${folder}\n${fingerprint}`;
}
