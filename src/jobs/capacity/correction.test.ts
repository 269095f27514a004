import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Correction } from './correction.ts';

const machine = { flops: 1e-9, weights: 1e-9, elements: 1e-9, runs: 1e-5, loadedBytes: 1e-9, sessions: 1e-3 };
const job = (seconds: number) => ({ flops: seconds * 1e9 });
const near = (actual: number, expected: number, tolerance = 0.02) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not about ${expected}`);

describe('the correction of calculated times', () => {
  it('is none before there are jobs', () => {
    assert.equal(new Correction().factor(machine), 1);
  });

  it('is how much longer jobs took, the last ones before all', () => {
    const correction = new Correction();
    for (let index = 0; index < 20; index++) correction.observe(job(10), 20);
    near(correction.factor(machine), 2);
    correction.observe(job(10), 10);
    near(correction.factor(machine), 1.8);
    for (let index = 0; index < 20; index++) correction.observe(job(10), 10);
    near(correction.factor(machine), 1);
  });

  it('follows long jobs, not the overhead of short ones', () => {
    const correction = new Correction();
    correction.observe(job(10), 10);
    for (let index = 0; index < 5; index++) correction.observe(job(0.001), 0.1);
    assert.ok(correction.factor(machine) < 1.2);
    const short = new Correction();
    short.observe(job(0.0001), 0.001);
    near(short.factor(machine), 1);
  });

  it('is bounded, so that one busy moment does not refuse everything after it', () => {
    const slow = new Correction();
    slow.observe(job(1), 1000);
    assert.equal(slow.factor(machine), 5);
    const fast = new Correction();
    fast.observe(job(1000), 1);
    assert.equal(fast.factor(machine), 1 / 5);
  });

  it('is of whichever calibration it is asked for', () => {
    const correction = new Correction();
    correction.observe(job(100), 100);
    near(correction.factor({ ...machine, flops: 2e-9 }), 0.5);
  });
});
