/** Figures of many runs, against the same figures counted one by one. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { storeRuns } from '../../test/support/stored-runs.ts';
import { onEachStore } from '../../test/support/stores.ts';
import { runKinds, runStatuses } from './types.ts';

const row = fc.record({
  kind: fc.constantFrom(...runKinds),
  method: fc.constantFrom(null, 'FROZEN', 'GRADIENT'),
  status: fc.constantFrom(...runStatuses),
  auditPassed: fc.constantFrom(null, true, false),
  // In eighths: whatever their order, their sum is exact.
  score: fc.option(fc.integer({ min: -800, max: 800 }).map((eighths) => eighths / 8)),
  promptFolded: fc.constantFrom('a river', 'the riverbank', 'nothing', null),
  pinned: fc.boolean(),
});

onEachStore('figures of many runs', ({ temporaryRuns }) => {
  it('are those of each of them, whatever is asked of them', async () => {
    await using fixture = await temporaryRuns();
    const { store, database } = fixture;
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 40 }),
        fc.record({
          prompt: fc.constantFrom(null, '', 'RIVER', 'a river that is longer than what SQLite looks for'),
          pinned: fc.constantFrom(null, true),
          experiment: fc.constantFrom(null, 'a', 'nothing'),
        }),
        async (rows, filter) => {
          await database.run.deleteMany();
          await database.experiment.deleteMany();
          const ids = await storeRuns(fixture, rows.length, (index) => rows[index] ?? {});
          const { id } = await store.experiments.create({ name: 'a', description: '', tags: [] });
          await store.experiments.add(id, { ids: ids.filter((_, index) => index % 3 > 0) });
          const { prompt, pinned, experiment } = filter;
          const meant = rows.filter(
            (row, index) =>
              (!prompt || (row.promptFolded?.includes(prompt.toLowerCase()) ?? false)) &&
              (pinned === null || row.pinned === pinned) &&
              (experiment === null || (experiment === 'a' && index % 3 > 0)),
          );
          const { byStatus, byMethod, ...all } = await store.many.aggregates(filter);
          assert.deepEqual(all, counts(meant));
          assert.deepEqual(
            byStatus,
            runStatuses
              .map((status) => ({ status, count: meant.filter((row) => row.status === status).length }))
              .filter(({ count }) => count > 0),
          );
          const expected = runKinds.flatMap((kind) =>
            [null, 'FROZEN', 'GRADIENT'].flatMap((method) => {
              const own = meant.filter((row) => row.kind === kind && row.method === method);
              const scores = own.flatMap(({ status, score }) =>
                status === 'COMPLETED' && score !== null ? [score] : [],
              );
              const meanScore = scores.length ? scores.reduce((sum, score) => sum + score) / scores.length : null;
              return own.length ? [{ kind, method, ...counts(own), meanScore }] : [];
            }),
          );
          assert.deepEqual(byMethod, expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are of all where many are looked through for a text', async () => {
    await using fixture = await temporaryRuns();
    await storeRuns(fixture, 1100, (index) => ({ promptFolded: index % 2 ? 'the one' : 'another', score: index }));
    const { count, byMethod } = await fixture.store.many.aggregates({ prompt: 'The one' });
    assert.equal(count, 550);
    // Of 1, 3, … 1099.
    assert.deepEqual(byMethod, [
      { kind: 'CIRCULATION', method: null, count: 550, audited: 0, auditsPassed: null, meanScore: 550 },
    ]);
  });
});

function counts(rows: readonly { readonly auditPassed: boolean | null }[]) {
  const audits = rows.flatMap(({ auditPassed }) => (auditPassed === null ? [] : [auditPassed]));
  const auditsPassed = audits.length ? audits.filter(Boolean).length / audits.length : null;
  return { count: rows.length, audited: audits.length, auditsPassed };
}
