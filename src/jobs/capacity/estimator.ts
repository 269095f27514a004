/** Memory and time of a job before it runs: counted in `cost.ts`, measured by `calibration.ts`, corrected by what jobs took. */

import { openModelFiles } from '../../checkpoint/checkpoint.ts';
import { hasChanged, type Snapshot } from '../../checkpoint/fingerprint.ts';
import { TributaryError } from '../../errors.ts';
import { attributionDemand } from '../../explain/attribution/cost.ts';
import { circulationDemand } from '../../explain/circulation/cost.ts';
import { type Demand, ModelCost, nothing, sum } from '../../inference/cost.ts';
import type { Took, Work } from '../messages.ts';
import { type Calibration, calibrate, secondsOf, slowest, type Units } from './calibration.ts';
import { Correction } from './correction.ts';
import { type Estimate, isWithin, refusal } from './estimate.ts';
import { type Footprint, footprintIn, graphSetsOf, memoryOf } from './memory.ts';

/** A job as it is counted; no machine is in it. */
export interface Plan {
  readonly model: Snapshot;
  readonly work: Work;
  readonly footprint: Footprint;
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
  /** By folder. */
  readonly #models = new Map<string, Known>();

  constructor(settings: EstimatorSettings) {
    this.#settings = settings;
  }

  /** @throws TributaryError CHECKPOINT when the headers of the weights cannot be read, or are others by now */
  async plan(model: Snapshot, work: Work): Promise<Plan> {
    const { footprint, cost } = this.#known(model) ?? (await this.#open(model));
    return { model, work, footprint, demand: demandOf(cost, work) };
  }

  /** @param held sets of graphs of the model that are in memory */
  async estimate(plan: Plan, held: ReadonlySet<string>): Promise<Estimate> {
    return this.#estimate(plan, held, await calibrate(this.#settings.threads));
  }

  /** @throws TributaryError OVER_CAPACITY when the job is over a budget */
  async admit(plan: Plan, held: ReadonlySet<string>): Promise<void> {
    // What ends in time on any machine is not kept waiting for a measurement of this one.
    if (isWithin(this.#estimate(plan, held, slowest))) return;
    const estimate = await this.estimate(plan, held);
    if (!isWithin(estimate)) throw new TributaryError('OVER_CAPACITY', refusal(estimate, plan.work));
  }

  /** Learns from a job that is done. @param held before it began */
  observe({ model, work, footprint, demand }: Plan, held: ReadonlySet<string>, { load, run }: Took): void {
    // What was not counted teaches nothing.
    if (demand.cost.runs === 0) return;
    const known = this.#known(model);
    known?.ran.observe(demand.cost, run);
    // What is held may yet have to be loaded: after a job that was cancelled while it loaded, or when files have changed.
    const loaded = toLoad(footprint, work, held);
    if (loaded.loadedBytes > 0) known?.loaded.observe(loaded, load);
  }

  #estimate({ model, work, footprint, demand }: Plan, held: ReadonlySet<string>, machine: Calibration): Estimate {
    const known = this.#known(model);
    return {
      tokens: work.kind === 'circuits' ? 0 : work.request.inputIds.length,
      weights: memoryOf(footprint, graphSetsOf(work).length),
      activations: demand.activations,
      loadTime: correctedSeconds(known?.loaded, toLoad(footprint, work, held), machine),
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

/** What the weights alone tell is not counted: no prompt makes it longer. */
function demandOf(model: ModelCost, work: Work): Demand {
  if (work.kind === 'circulation') return circulationDemand(model, work.request);
  if (work.kind === 'prediction') {
    const { inputIds, tokens } = work.request;
    const length = inputIds.length;
    const rows = Math.max(tokens.length, 1);
    return {
      cost: sum(model.embedding(length), model.forward(1, length), model.target(rows)),
      activations:
        model.kept(undefined, 1, length, () => []) + Math.max(model.forwardWork(1, length), model.targetWork(rows)),
    };
  }
  return work.kind === 'attribution' ? attributionDemand(model, work.request) : { cost: nothing, activations: 0 };
}

/** Weights of the sets of graphs that the job needs and that are not there. */
function toLoad(footprint: Footprint, work: Work, held: ReadonlySet<string>): Required<Pick<Units, 'loadedBytes'>> {
  const all = new Set([...held, ...graphSetsOf(work)]);
  return { loadedBytes: memoryOf(footprint, all.size) - memoryOf(footprint, held.size) };
}

function correctedSeconds(correction: Correction | undefined, units: Units, machine: Calibration): number {
  return secondsOf(units, machine) * (correction?.factor(machine) ?? 1);
}
