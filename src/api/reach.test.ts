/** What resolvers reach of all that is stored. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { OwnSweeps } from '../experiments/sweeps/own-sweeps.ts';
import type { OwnRuns } from '../runs/own-runs.ts';
import type { Context } from './builder.ts';

/** True where the two types are each other's. */
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false;

describe('resolvers', () => {
  it('are given what whoever asks reaches, and nothing by which there is more', async () => {
    const [runs, sweeps]: [Same<Context['runs'], OwnRuns>, Same<Context['sweeps'], OwnSweeps>] = [true, true];
    assert.ok(runs && sweeps);
    const wider = /from '[^']*\/(?:runs\/(?:service|store|live-runs|transactions)|sweeps\/service)\.ts'/;
    const folder = new URL('./', import.meta.url);
    for await (const file of glob('**/*.ts', { cwd: folder })) {
      if (file.endsWith('.test.ts')) continue;
      assert.doesNotMatch(await readFile(new URL(file, folder), 'utf8'), wider, file);
    }
  });
});
