/** How fast this machine computes, measured once a process, when it is first asked for. */
import type { Speed } from '../../inference/speed.ts';
import { RunnerProcess } from '../runner-process.ts';

/**
 * Slower than any machine this runs on: what ends in time even so need not wait for a measurement. One core of a small
 * single-board computer does several times as much.
 */
export const slowest: Speed = {
  flops: 1e-9,
  weights: 1e-8,
  elements: 1e-7,
  runs: 1e-2,
  loadedBytes: 1e-7,
  sessions: 0.1,
};

/** By number of threads. */
const measured = new Map<number, Promise<Speed>>();
const known = new Map<number, Speed>();

/** Takes less than a second the first time; whoever asks meanwhile waits for the same measurement. */
export function calibrate(threads: number): Promise<Speed> {
  let calibration = measured.get(threads);
  if (calibration === undefined) {
    calibration = measure(threads);
    measured.set(threads, calibration);
    // One that failed is tried again.
    calibration.catch(() => measured.delete(threads));
  }
  return calibration;
}

/** What was measured; until there is something, `slowest`: what takes longer than what is the same. */
export function speedSoFar(threads: number): Speed {
  return known.get(threads) ?? slowest;
}

/** What was measured; undefined until then. */
export function measuredSpeed(threads: number): Speed | undefined {
  return known.get(threads);
}

/** What takes time, counted in what a calibration measures. */
export type Units = Readonly<Partial<Record<keyof Speed, number>>>;

export function secondsOf(units: Units, speed: Speed): number {
  return unitsOf(speed).reduce((seconds, unit) => seconds + (units[unit] ?? 0) * speed[unit], 0);
}

export function unitsOf(units: Units): (keyof Speed)[] {
  return Object.keys(units) as (keyof Speed)[];
}

async function measure(threads: number): Promise<Speed> {
  const runner = new RunnerProcess(threads);
  try {
    const speed = await runner.measure();
    known.set(threads, speed);
    return speed;
  } finally {
    await runner.end();
  }
}
