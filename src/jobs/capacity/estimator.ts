/** Memory and time of a job before it runs: counted in `cost.ts`, measured by `calibration.ts`, corrected by what jobs took. */

import { openModelFiles } from '../../checkpoint/checkpoint.ts';
import { hasChanged, type Snapshot } from '../../checkpoint/fingerprint.ts';
import { TributaryError } from '../../errors.ts';
import { type Demand, ModelCost } from '../../inference/cost.ts';
import type { Speed } from '../../inference/speed.ts';
import type { Weights } from '../../onnx/weights.ts';
import type { JobKind } from '../kinds/kind.ts';
import type { Took } from '../messages.ts';
import { calibrate, secondsOf, slowest, speedSoFar, type Units } from './calibration.ts';
import { Correction } from './correction.ts';
import { type Estimate, isWithin, refusal, timeIn } from './estimate.ts';
import { copiedFor, type Footprint, footprintIn, graphSetsOf, memoryOf } from './memory.ts';
import { type Holding, keptOf } from './victims.ts';

/** A job as it is counted; no machine is in it. */
export interface Plan {
  readonly kind: JobKind;
  readonly model: Snapshot;
  readonly request: unknown;
  readonly footprint: Footprint;
  /** Sets of block graphs that it runs. */
  readonly graphSets: readonly string[];
  readonly demand: Demand;
  /** Whether it takes its model lean, for packed it would be over a budget. */
  readonly lean?: boolean;
}

interface Known {
  readonly fingerprint: string;
  readonly footprint: Footprint;
  readonly cost: ModelCost;
  readonly ran: Readonly<Record<Weights, Correction>>;
  readonly loaded: Readonly<Record<Weights, Correction>>;
}

/** How a job would find its model, and have it. */
export interface Terms {
  readonly held: Holding | undefined;
  readonly weights: Weights;
}

export interface EstimatorSettings {
  /** Of one worker. */
  readonly threads: number;
  /** Bytes. */
  readonly memory: number;
  /** Seconds. */
  readonly time: number;
  /** The machine that computes; absent: this one, measured when it is first asked for. */
  readonly machine?: Machine | undefined;
}

export interface Machine {
  /** As far as it was measured by now. */
  soFar(): Speed;
  measured(): Promise<Speed>;
}

export class Estimator {
  readonly #settings: EstimatorSettings;
  readonly #machine: Machine;
  readonly #models = new Map<string, Known>();

  constructor(settings: EstimatorSettings) {
    this.#settings = settings;
    const { threads } = settings;
    const here = { soFar: () => speedSoFar(threads), measured: () => calibrate(threads) };
    this.#machine = settings.machine ?? here;
  }

  /** @throws TributaryError CHECKPOINT when the headers of the weights cannot be read, or are others by now */
  async plan<Request>(kind: JobKind<Request>, model: Snapshot, request: Request): Promise<Plan> {
    const { footprint, cost } = this.#known(model) ?? (await this.#open(model));
    const graphSets = graphSetsOf(kind, request);
    return { kind: kind as JobKind, model, request, footprint, graphSets, demand: kind.demand(cost, request) };
  }

  async estimate(plan: Plan, terms: Terms): Promise<Estimate> {
    return this.#estimate(plan, terms, await this.#machine.measured());
  }

  /** Seconds, of the machine as far as it was measured by now. */
  secondsOf(plan: Plan, terms: Terms): number {
    return timeIn(this.#estimate(plan, terms, this.#machine.soFar()));
  }

  /** From now on all times are of this machine. */
  async measured(): Promise<void> {
    await this.#machine.measured();
  }

  /** @throws TributaryError OVER_CAPACITY when the job is over a budget */
  async admit(plan: Plan, terms: Terms): Promise<void> {
    // What ends in time on any machine is not kept waiting for a measurement of this one.
    if (isWithin(this.#estimate(plan, terms, slowest))) return;
    const estimate = await this.estimate(plan, terms);
    if (!isWithin(estimate))
      throw new TributaryError('OVER_CAPACITY', refusal(estimate, terms.weights, plan.kind.lighter(plan.request)));
  }

  /** Learns from a job that is done. @param terms as it began */
  observe(plan: Plan, terms: Terms, { load, run }: Pick<Took, 'load' | 'run'>): void {
    const { model, demand } = plan;
    // What was not counted teaches nothing, and what makes sessions of its own nothing of passes through those that stay.
    if (demand.cost.runs === 0 || demand.cost.sessions) return;
    const known = this.#known(model);
    known?.ran[terms.weights].observe(toRun(plan, terms), run);
    // What is held may yet have to be loaded: after a job that was cancelled while it loaded, or when files have changed.
    const loaded = toLoad(plan, terms);
    if (loaded.sessions > 0) known?.loaded[terms.weights].observe(loaded, load);
  }

  #estimate(plan: Plan, terms: Terms, machine: Speed): Estimate {
    const { kind, model, request, graphSets, footprint, demand } = plan;
    const { weights } = terms;
    const known = this.#known(model);
    return {
      tokens: kind.length(request),
      weights: memoryOf(footprint, weights, graphSets),
      activations: demand.activations,
      loadTime: correctedSeconds(known?.loaded[weights], toLoad(plan, terms), machine),
      runTime: correctedSeconds(known?.ran[weights], toRun(plan, terms), machine),
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
      ran: { LEAN: new Correction(), PACKED: new Correction() },
      loaded: { LEAN: new Correction(), PACKED: new Correction() },
    };
    this.#models.set(folder, opened);
    return opened;
  }
}

/**
 * Sessions of the sets of graphs that the job needs and that are not there, and what is copied for them; not those that it
 * makes for itself as it runs.
 */
function toLoad(
  { kind, request, footprint, graphSets, demand }: Plan,
  { held, weights }: Terms,
): Required<Pick<Units, 'loadedBytes' | 'sessions'>> {
  const kept = keptOf(held, weights);
  const own = new Set(demand.cost.sessions ? kind.passing?.(request) : []);
  const all = new Set([...kept, ...graphSets.filter((set) => !own.has(set))]);
  return {
    loadedBytes: weights === 'LEAN' ? 0 : copiedFor(footprint, weights, all) - copiedFor(footprint, weights, kept),
    sessions: footprint.layers * (all.size - kept.size),
  };
}

/** Numbers of weights that a job reads through sessions that stay; those that it makes for itself are lean in any case. */
export function readsOf({ kind, request, graphSets, demand }: Plan): number {
  const own = new Set(kind.passing?.(request));
  return graphSets.every((set) => own.has(set)) ? 0 : demand.cost.weights;
}

/** LEAN weights are read, and then converted or put in another order: that takes about as long as to read them. */
function toRun({ demand: { cost } }: Plan, { weights }: Terms): Units {
  return { ...cost, weights: (weights === 'LEAN' ? 2 : 1) * cost.weights };
}

function correctedSeconds(correction: Correction | undefined, units: Units, machine: Speed): number {
  return secondsOf(units, machine) * (correction?.factor(machine) ?? 1);
}
