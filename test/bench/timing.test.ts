/** Scenarios in a process of their own. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sampleFolder } from '../server/harness.ts';
import type { Bench } from './group.ts';
import { MemoryWatch } from './memory.ts';
import { measureTimes, type Times } from './timing.ts';

const bench: Bench = {
  shape: 'sample',
  folder: sampleFolder,
  lengths: [4, 8],
  repetitions: 3,
  threads: 1,
  weights: 'PACKED',
  progress: () => undefined,
};

async function timesOf(scenarios: (length: number) => readonly string[], given: Partial<Bench> = {}) {
  const found = new Map<number, Times>();
  for await (const [length, times] of measureTimes('passes', scenarios, { ...bench, ...given }))
    found.set(length, times);
  return found;
}

describe('scenarios in a process of their own', () => {
  let empty: string;
  before(async () => {
    empty = await mkdtemp(join(tmpdir(), 'tributary-test-'));
  });
  after(() => rm(empty, { recursive: true }));

  it('are timed as often as was asked for, each at its lengths', async () => {
    const found = await timesOf((length) => (length === 4 ? ['plainLast', 'tokens'] : ['plainLast']));
    const counts = Array.from(found, ([length, times]) => [
      length,
      Object.fromEntries(Object.entries(times).map(([name, values]) => [name, values.length])),
    ]);
    assert.deepEqual(Object.fromEntries(counts), { 4: { plainLast: 3, tokens: 3 }, 8: { plainLast: 3 } });
    for (const times of found.values())
      for (const values of Object.values(times)) for (const value of values) assert.ok(Number(value) > 0);
  });

  it('are told with what went wrong, and the others are timed all the same', async () => {
    const found = await timesOf(() => ['nothing', 'plainLast']);
    assert.equal(found.get(8)?.nothing, 'passes has no scenario nothing');
    assert.equal(found.get(8)?.plainLast?.length, 3);
  });

  it('are missing where the process ends', async () => {
    const found = await timesOf(() => ['plainLast'], { folder: join(empty, 'no-model') });
    for (const length of bench.lengths) assert.deepEqual(found.get(length), { plainLast: 'its process ended with 1' });
  });
});

describe('the memory of a process', () => {
  it('is told apart: its own, and pages of files', async (test) => {
    if (process.platform !== 'linux') return test.skip('Linux alone tells it');
    using watch = new MemoryWatch(() => [process.pid]);
    const before = watch.peak;
    const own = Buffer.alloc(200e6, 1);
    const { own: after = 0, files = 0 } = watch.peak ?? {};
    assert.ok(after - (before?.own ?? 0) > 0.9 * own.length, `${before?.own} to ${after}`);
    assert.ok(files > 0 && files < after);
  });

  it('is unknown of a process that is gone', () => {
    using watch = new MemoryWatch(() => [2 ** 30]);
    assert.equal(watch.peak, undefined);
  });
});
