/** How fast this machine computes, measured once a process in a thread of its own, when it is first asked for. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Cost } from '../../inference/cost.ts';

/** Seconds for one of each of what a cost counts, and for one byte of a weight to be loaded. */
export interface Calibration extends Readonly<Record<keyof Cost, number>> {
  readonly loadedBytes: number;
}

/**
 * Slower than any machine this runs on: what ends in time even so need not wait for a measurement. One core of a small
 * single-board computer does several times as much.
 */
export const slowest: Calibration = { flops: 1e-9, weights: 1e-8, elements: 1e-7, runs: 1e-2, loadedBytes: 1e-7 };

/** By number of threads. */
const measured = new Map<number, Promise<Calibration>>();

/** Takes less than a second the first time; whoever asks meanwhile waits for the same measurement. */
export function calibrate(threads: number): Promise<Calibration> {
  let calibration = measured.get(threads);
  if (calibration === undefined) {
    calibration = measure(threads);
    measured.set(threads, calibration);
    // One that failed is tried again.
    calibration.catch(() => measured.delete(threads));
  }
  return calibration;
}

/** Settles when no measurement is under way: a process that exits during one is aborted by onnxruntime. */
export async function calibrated(): Promise<void> {
  await Promise.allSettled(measured.values());
}

/** What takes time, counted in what a calibration measures. */
export type Units = Readonly<Partial<Record<keyof Calibration, number>>>;

export function secondsOf(units: Units, calibration: Calibration): number {
  return unitsOf(calibration).reduce((seconds, unit) => seconds + (units[unit] ?? 0) * calibration[unit], 0);
}

export function unitsOf(units: Units): (keyof Calibration)[] {
  return Object.keys(units) as (keyof Calibration)[];
}

async function measure(threads: number): Promise<Calibration> {
  const worker = new Worker(new URL('./calibration-worker.ts', import.meta.url), { workerData: { threads } });
  const [calibration] = await once(worker, 'message');
  return calibration as Calibration;
}
