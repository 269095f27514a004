/** Rows that are written many at a time are those that Prisma would have written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { temporaryRuns } from '../../../test/support/temporary-runs.ts';
import { insertRows } from './bulk.ts';

describe('rows that are inserted many at a time', () => {
  it('are those that are inserted one by one', async () => {
    await using runs = await temporaryRuns();
    const { database } = runs;
    const at = new Date(1_764_000_000_123);
    const texts = ['plain', '"quoted" \\ {}', 'Straße 🦜 日本', JSON.stringify('\0 and \ud800'), '', '%_'];
    const run = (id: string, promptText: string) => ({
      ...{ id, kind: 'k', status: 's', contentHash: id, modelName: 'm', modelRevision: 'r', input: '{}' },
      ...{ promptText, createdAt: at, finishedAt: null, eventCount: 3, pinned: true, score: -0.1, auditPassed: false },
    });
    await database.run.createMany({ data: texts.map((text, index) => run(`one ${index}`, text)) });
    const rows = texts.map((text, index) => run(`many ${index}`, text));
    const columns = Object.keys(rows[0] ?? {});
    await database.$transaction((transaction) =>
      insertRows(
        transaction,
        'Run',
        columns,
        rows.map((row) => Object.values(row)),
      ),
    );
    const stored = await database.run.findMany({ orderBy: { id: 'asc' } });
    const unnamed = stored.map((row) => ({ ...row, id: row.id.split(' ')[1], contentHash: '' }));
    assert.deepEqual(unnamed.slice(0, texts.length), unnamed.slice(texts.length));
    // Lists are searched by it.
    assert.equal(await database.run.count({ where: { createdAt: { gte: at }, pinned: true } }), 2 * texts.length);
  });

  it('have their bytes, of however many statements', async () => {
    await using runs = await temporaryRuns();
    const { database } = runs;
    const id = 'r';
    const data = { id, kind: 'k', status: 's', contentHash: id, modelName: 'm', modelRevision: 'r', input: '{}' };
    await database.run.create({ data: { ...data, createdAt: new Date() } });
    const arrays = [0, 1, 3_000_000, 0, 3_000_000, 5].map((length, index) => new Uint8Array(length).fill(index + 1));
    await database.$transaction((transaction) =>
      insertRows(
        transaction,
        'Part',
        ['runId', 'name', 'count', 'payload', 'arrays'],
        arrays.map((array, index) => [id, `${index}`, index, '{}', array]),
      ),
    );
    const parts = await database.part.findMany({ orderBy: { name: 'asc' } });
    for (const [index, array] of arrays.entries())
      assert.ok(Buffer.from(array).equals(parts[index]?.arrays ?? Buffer.from('none')), `${index}`);
  });
});
