/** How much longer jobs took than was calculated: what a calibration cannot know of a model and of the machine's load. */
import type { Speed } from '../../inference/speed.ts';
import { secondsOf, type Units, unitsOf } from './calibration.ts';

/** What is left of a job's weight with each one after it. */
const memory = 0.8;
/** Seconds by which the calculation is believed before there are jobs: what took a moment says little of long ones. */
const belief = 0.05;
/** No job makes the next ones more than so many times longer or shorter: a machine is not busy for ever. */
const bound = 5;

/** An exponential mean of actual over calculated time, in which a job counts by its length. */
export class Correction {
  #units: Units = {};
  #seconds = 0;

  observe(units: Units, seconds: number): void {
    const names = new Set([...unitsOf(this.#units), ...unitsOf(units)]);
    this.#units = Object.fromEntries(
      Array.from(names, (name) => [name, memory * (this.#units[name] ?? 0) + (units[name] ?? 0)]),
    );
    this.#seconds = memory * this.#seconds + seconds;
  }

  /** Of a time that was calculated by this calibration; jobs may have been observed before it was measured. */
  factor(calibration: Speed): number {
    const factor = (this.#seconds + belief) / (secondsOf(this.#units, calibration) + belief);
    return Math.min(Math.max(factor, 1 / bound), bound);
  }
}
