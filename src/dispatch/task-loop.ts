/**
 * What a worker does all the time: takes tasks of its models when it has a place for them, and drops those that are not its
 * own any more. It is woken by what others tell, and looks every second besides.
 */
import type { Members } from '../cluster/members.ts';
import type { Wire } from '../cluster/wire.ts';
import type { CatalogueModel } from '../inference/catalogue.ts';
import { jobKinds } from '../jobs/kinds/registry.ts';
import type { DispatchedRuns } from './dispatched-runs.ts';
import { takeBack } from './takeover.ts';
import type { TakenTask } from './task.ts';
import type { TaskCounts } from './task-counts.ts';
import { type PerformanceParts, TaskPerformance } from './task-performance.ts';
import type { WorkerModels } from './worker-models.ts';

/** Milliseconds between two looks, whatever is told. */
const period = 1000;
/** … that a task waits for a worker that has its model in memory before another one takes it. */
const forLoaded = 100;
/** … that a task waits for a worker with a place before one that is busy takes it, where turns are taken by what is short. */
const forPlace = 500;
/** … that a task waits for another worker that has a place, as it says of itself: it may be about to take it, or gone. */
const forOther = 5000;
/** Tasks that a worker has at the most, in multiples of its places. */
const crowd = 4;
/** Seconds after which another worker may know what to do with a task. */
const unknownKind = 1;

export interface TaskLoopParts extends PerformanceParts {
  readonly counts: TaskCounts;
  readonly wire: Pick<Wire, 'listen' | 'onReconnect'>;
  readonly members: Members;
  readonly models: WorkerModels;
  readonly runs: DispatchedRuns;
  /** Jobs that it computes at once. */
  readonly places: number;
  /** Told whenever it has taken one, or ended one. */
  readonly onChange: () => void;
}

export class TaskLoop {
  readonly #parts: TaskLoopParts;
  readonly #performed = new Map<string, TaskPerformance>();
  readonly #stops: (() => void)[];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #closed = false;
  /** It takes nothing: others have taken it for lost, and it is no member again yet. */
  #expelled = false;

  constructor(parts: TaskLoopParts) {
    this.#parts = parts;
    const { wire, engine } = parts;
    const stopListening = wire.listen((note) => {
      if ('task' in note && note.what === 'new') this.look();
      else if ('task' in note && note.what === 'cancel') void this.#performed.get(note.task)?.drop();
      else if ('run' in note && note.what === 'status') void this.#endRuns([note.run]);
    });
    this.#stops = [stopListening, wire.onReconnect(() => this.look()), engine.watch(() => this.look())];
  }

  /** Tasks that it has. */
  get count(): number {
    return this.#performed.size;
  }

  /** Looks for tasks, now or as soon as the look is over that is under way. */
  look(): void {
    if (this.#closed || this.#expelled) return;
    clearTimeout(this.#timer);
    if (this.#looking) this.#again = true;
    else
      this.#looking = this.#look().then((next) => {
        this.#looking = undefined;
        const soon = this.#again;
        this.#again = false;
        if (soon) this.look();
        else if (!this.#closed) this.#timer = setTimeout(() => this.look(), next).unref();
      });
  }

  /** Others have taken this process for lost: what it has is theirs. */
  async expel(): Promise<void> {
    this.#expelled = true;
    await this.#looking;
    await Promise.all(Array.from(this.#performed.values(), (one) => one.drop()));
  }

  /** It is a member again. */
  readmit(): void {
    this.#expelled = false;
    this.look();
  }

  /** Takes no more, and gives back what it has. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
    await this.#looking;
    const { tasks, onFault } = this.#parts;
    const giving = Array.from(this.#performed.values(), async (one) => {
      await one.drop();
      await tasks.giveBack(one.task).catch(onFault);
    });
    await Promise.all(giving);
  }

  /** @returns milliseconds until the next look at the latest */
  async #look(): Promise<number> {
    const { onFault } = this.#parts;
    try {
      await this.#dropOthers();
      return await this.#takeAll();
    } catch (error) {
      if (!this.#closed) onFault(error);
      return period;
    }
  }

  /** Where notes were missed: what was withdrawn or taken from it, runs that have an end, and what it has and does not do. */
  async #dropOthers(): Promise<void> {
    const { tasks, store, members } = this.#parts;
    const own = await tasks.standing();
    for (const [id, one] of this.#performed) if (!own.has(id)) void one.drop();
    const strays = [...own].filter((id) => !this.#performed.has(id));
    if (strays.length > 0) await takeBack({ worker: members.id, ids: strays }, { taken: tasks, store });
    await this.#endRuns(Array.from(this.#performed.values(), ({ runIds }) => runIds).flat());
  }

  async #endRuns(ids: readonly string[]): Promise<void> {
    const mine = [...this.#performed.values()].filter(({ runIds }) => ids.some((id) => runIds.includes(id)));
    if (mine.length === 0) return;
    try {
      const standing = await this.#parts.runs.standing(mine.flatMap(({ runIds }) => runIds));
      for (const [id, { is }] of standing) if (is === 'over') for (const one of mine) one.stopRun(id);
    } catch (error) {
      this.#parts.onFault(error);
    }
  }

  async #takeAll(): Promise<number> {
    const { counts, models, places } = this.#parts;
    let next = period;
    while (!this.#closed && !this.#expelled && this.count < crowd * places && models.all.size > 0) {
      const waits = await counts.waits([...models.all.keys()]);
      next = period;
      let took = false;
      // Those first that have waited longest.
      for (const [revision, age] of [...waits].sort(([, a], [, b]) => b - a)) {
        const model = models.all.get(revision);
        if (!model || this.#closed || this.#expelled) continue;
        const due = this.#dueAfter(revision, model);
        if (age < due) next = Math.min(next, Math.ceil(due - age));
        else took = (await this.#take(revision, model)) || took;
      }
      if (!took) return next;
    }
    return next;
  }

  /** Milliseconds that the oldest task of a model has to have waited before this worker takes one. */
  #dueAfter(revision: string, { checkpoint }: CatalogueModel): number {
    const { engine, members, places } = this.#parts;
    const others = members.list().flatMap(({ id, state }) => {
      const model = id === members.id ? undefined : state?.models.find((one) => one.revision === revision);
      return state && model ? [{ ...state, status: model.status }] : [];
    });
    if (this.count >= places) return others.some(({ running, workers }) => running < workers) ? forOther : forPlace;
    if (engine.stateOf(checkpoint).status === 'READY') return 0;
    return others.some(({ status }) => status === 'READY') ? forLoaded : 0;
  }

  /** @returns whether there was one */
  async #take(revision: string, model: CatalogueModel): Promise<boolean> {
    const { tasks, onChange } = this.#parts;
    const task = await tasks.take(revision);
    if (!task) return false;
    if (!isKnown(task)) {
      await tasks.giveBack(task, unknownKind);
      return false;
    }
    const performance = new TaskPerformance(task, model, this.#parts);
    this.#performed.set(task.id, performance);
    void performance.over.then(() => {
      this.#performed.delete(task.id);
      onChange();
      this.look();
    });
    onChange();
    return true;
  }
}

/** Another version of the program may ask for what this one does not know. */
function isKnown({ work }: TakenTask): boolean {
  return work.type === 'runs' || (work.type === 'job' && jobKinds.some(({ name }) => name === work.kind));
}
