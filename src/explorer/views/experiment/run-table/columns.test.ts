import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columns, type ExperimentRun, nextSorting, sorted } from './columns.ts';

const run = (id: number, score: number | null, note = '') =>
  ({ id: String(id), score, note }) as unknown as ExperimentRun;
const ids = (runs: readonly ExperimentRun[]) => runs.map(({ id }) => Number(id));
const runs = [run(1, 2), run(2, null), run(3, -5, 'b'), run(4, 2, 'a')];

describe('The runs of an experiment', () => {
  it('are sorted by a figure, those without one last in either direction', () => {
    assert.deepEqual(ids(sorted(runs, { by: 'score', ascending: false })), [1, 4, 3, 2]);
    assert.deepEqual(ids(sorted(runs, { by: 'score', ascending: true })), [3, 1, 4, 2]);
  });

  it('are sorted by a text', () => {
    assert.deepEqual(ids(sorted(runs, { by: 'note', ascending: true })), [4, 3, 1, 2]);
  });

  it('stay as the server has them by when they were asked for, and by what is no column', () => {
    assert.equal(sorted(runs, { by: 'asked', ascending: true }), runs);
    assert.equal(sorted(runs, { by: 'toString', ascending: true }), runs);
  });

  it('are turned around where the same column is chosen again', () => {
    const column = (name: string) => columns.find((one) => one.name === name) as (typeof columns)[number];
    assert.deepEqual(nextSorting({ by: 'asked', ascending: false }, column('score')), {
      by: 'score',
      ascending: false,
    });
    assert.deepEqual(nextSorting({ by: 'score', ascending: false }, column('score')), { by: 'score', ascending: true });
    assert.deepEqual(nextSorting({ by: 'score', ascending: true }, column('prompt')), {
      by: 'prompt',
      ascending: true,
    });
    assert.deepEqual(nextSorting({ by: 'score', ascending: true }, column('asked')), { by: 'asked', ascending: false });
  });
});
