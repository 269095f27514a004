/** Memory and time of a job before it runs: counted in `cost.ts`, measured by `calibration.ts`, corrected by what jobs took. */

import { openModelFiles } from '../../checkpoint/checkpoint.ts';
import { hasChanged, type Snapshot } from '../../checkpoint/fingerprint.ts';
import { TributaryError } from '../../errors.ts';
import { type Demand, ModelCost } from '../../inference/cost.ts';
import type { Speed } from '../../inference/speed.ts';
import type { JobKind } from '../kinds/kind.ts';
import type { Took } from '../messages.ts';
import { calibrate, secondsOf, slowest, speedSoFar, type Units } from './calibration.ts';
import { Correction } from './correction.ts';
import { type Estimate, isWithin, refusal, timeIn } from './estimate.ts';
import { type Footprint, footprintIn, graphSetsOf, memoryOf } from './memory.ts';

/** A job as it is counted; no machine is in it. */
export interface Plan {
  readonly kind: JobKind;
  readonly model: Snapshot;
  readonly request: unknown;
  readonly footprint: Footprint;
  /** Sets of block graphs that it runs. */
  readonly graphSets: readonly string[];
  readonly demand: Demand;
}

interface Known {
  readonly fingerprint: string;
  readonly footprint: Footprint;
  readonly cost: ModelCost;
  readonly ran: Correction;
  readonly loaded: Correction;
}

export interface EstimatorSettings {
  /** Of one worker. */
  readonly threads: number;
  /** Bytes. */
  readonly memory: number;
  /** Seconds. */
  readonly time: number;
}

export class Estimator {
  readonly #settings: EstimatorSettings;
  readonly #models = new Map<string, Known>();

  constructor(settings: EstimatorSettings) {
    this.#settings = settings;
  }

  /** @throws TributaryError CHECKPOINT when the headers of the weights cannot be read, or are others by now */
  async plan<Request>(kind: JobKind<Request>, model: Snapshot, request: Request): Promise<Plan> {
    const { footprint, cost } = this.#known(model) ?? (await this.#open(model));
    const graphSets = graphSetsOf(kind, request);
    return { kind: kind as JobKind, model, request, footprint, graphSets, demand: kind.demand(cost, request) };
  }

  /** @param held sets of graphs of the model that are in memory */
  async estimate(plan: Plan, held: ReadonlySet<string>): Promise<Estimate> {
    return this.#estimate(plan, held, await calibrate(this.#settings.threads));
  }

  /** Seconds, of the machine as far as it was measured by now. */
  secondsOf(plan: Plan, held: ReadonlySet<string>): number {
    return timeIn(this.#estimate(plan, held, speedSoFar(this.#settings.threads)));
  }

  /** From now on all times are of this machine. */
  async measured(): Promise<void> {
    await calibrate(this.#settings.threads);
  }

  /** @throws TributaryError OVER_CAPACITY when the job is over a budget */
  async admit(plan: Plan, held: ReadonlySet<string>): Promise<void> {
    // What ends in time on any machine is not kept waiting for a measurement of this one.
    if (isWithin(this.#estimate(plan, held, slowest))) return;
    const estimate = await this.estimate(plan, held);
    if (!isWithin(estimate))
      throw new TributaryError('OVER_CAPACITY', refusal(estimate, plan.kind.lighter(plan.request)));
  }

  /** Learns from a job that is done. @param held before it began */
  observe({ model, graphSets, footprint, demand }: Plan, held: ReadonlySet<string>, { load, run }: Took): void {
    // What was not counted teaches nothing.
    if (demand.cost.runs === 0) return;
    const known = this.#known(model);
    known?.ran.observe(demand.cost, run);
    // What is held may yet have to be loaded: after a job that was cancelled while it loaded, or when files have changed.
    const loaded = toLoad(footprint, graphSets, held);
    if (loaded.loadedBytes > 0) known?.loaded.observe(loaded, load);
  }

  #estimate(
    { kind, model, request, graphSets, footprint, demand }: Plan,
    held: ReadonlySet<string>,
    machine: Speed,
  ): Estimate {
    const known = this.#known(model);
    return {
      tokens: kind.length(request),
      weights: memoryOf(footprint, graphSets.length),
      activations: demand.activations,
      loadTime: correctedSeconds(known?.loaded, toLoad(footprint, graphSets, held), machine),
      runTime: correctedSeconds(known?.ran, demand.cost, machine),
      memoryBudget: this.#settings.memory,
      timeBudget: this.#settings.time,
    };
  }

  #known({ folder, fingerprint }: Snapshot): Known | undefined {
    const known = this.#models.get(folder);
    return known?.fingerprint === fingerprint ? known : undefined;
  }

  async #open({ folder, fingerprint }: Snapshot): Promise<Known> {
    const files = await openModelFiles(folder);
    if (files.fingerprint !== fingerprint) throw hasChanged(folder);
    const opened = {
      fingerprint,
      footprint: footprintIn(files),
      cost: new ModelCost(files),
      ran: new Correction(),
      loaded: new Correction(),
    };
    this.#models.set(folder, opened);
    return opened;
  }
}

/** Weights of the sets of graphs that the job needs and that are not there. */
function toLoad(
  footprint: Footprint,
  graphSets: readonly string[],
  held: ReadonlySet<string>,
): Required<Pick<Units, 'loadedBytes'>> {
  const all = new Set([...held, ...graphSets]);
  return { loadedBytes: memoryOf(footprint, all.size) - memoryOf(footprint, held.size) };
}

function correctedSeconds(correction: Correction | undefined, units: Units, machine: Speed): number {
  return secondsOf(units, machine) * (correction?.factor(machine) ?? 1);
}
