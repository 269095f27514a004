import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { readCsv } from '../../../../test/support/csv.ts';
import { onEachStore } from '../../../../test/support/stores.ts';
import { attributed, circulated, generated, someRuns } from '../../../../test/support/taken-runs.ts';
import type { TemporaryRuns } from '../../../../test/support/temporary-runs.ts';
import { toCsv, unguarded } from '../../../explorer/takeaway/csv.ts';
import { columns, type TextsOf } from '../token-rows.ts';
import { csv } from './csv.ts';
import type { Format } from './format.ts';
import { parquet } from './parquet.ts';

/** Texts that a spreadsheet would take for formulas, and others that have to be quoted. */
const token = (id: number) => ['"', '=1+1', " '+", '', '@a,b', '\r\n', "'=", '- 7'][id % 8] ?? '';
const textsOf: TextsOf = async ({ promptText }) => ({ prompt: promptText, token });

async function written(format: Format, { store }: TemporaryRuns, texts = textsOf): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(format.write(store, {}, { textsOf: texts })));
}

/** A row of each, by its columns; what is empty in CSV is null. */
async function csvRows(runs: TemporaryRuns, texts?: TextsOf): Promise<Record<string, string | null>[]> {
  const [names = [], ...rows] = readCsv((await written(csv, runs, texts)).toString());
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
}

async function parquetRows(runs: TemporaryRuns, texts?: TextsOf): Promise<Record<string, unknown>[]> {
  const file = await written(parquet, runs, texts);
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
  return parquetReadObjects({ file: bytes });
}

onEachStore('The table of the tokens of runs', ({ temporaryRuns }) => {
  it('has what each kind says of a token, to the last digit', async () => {
    await using runs = await temporaryRuns();
    const [attribution, circulation, generation] = await someRuns(runs.store);
    const rows = await parquetRows(runs);
    assert.deepEqual(
      Object.keys(rows[0] ?? {}),
      columns.map(({ name }) => name),
    );
    const of = (id: string | undefined) => rows.filter(({ run }) => run === id);
    assert.equal(rows.length, 2 + 0 + 2, 'none of runs that failed or were cancelled');
    // The scripted answer: the scores are the ids of the prompt's tokens.
    const found = { target_position: 1, target_id: 3, target: '', against_id: null, logit: 1, probability: 0.1 + 0.2 };
    for (const [index, row] of of(attribution).entries()) {
      const { run, kind, method, position, token_id, score, value, bias, audit_passed, created, ...rest } = row;
      assert.deepEqual([run, kind, method], [attribution, 'LOGIT_ATTRIBUTION', 'FROZEN']);
      assert.deepEqual([position, token_id, score, value, bias, audit_passed], [index, 1, 1, 1, 0, true]);
      assert.ok(created instanceof Date);
      assert.partialDeepStrictEqual(rest, { ...found, rank: 1, target_kind: 'LOGIT', prompt: '=the prompt\0 of 1 1' });
    }
    assert.deepEqual(of(circulation), [], 'its scripted end has no tracked tokens');
    const answered = of(generation).map(
      ({ position, token_id, token, score, target_position, target_id, rank, value, bias }) => [
        ...[position, token_id, token, score, target_position, target_id, rank, value, bias],
      ],
    );
    assert.deepEqual(answered, [
      [2, 7, '- 7', null, 1, 7, 1, 2, 0.25],
      [3, 9, '=1+1', null, 2, 9, 3, null, null],
    ]);
  });

  it('has the shares of the tokens that a circulation tracks, which add up to nothing', async () => {
    await using runs = await temporaryRuns();
    const { store } = runs;
    const target = {
      position: 1,
      token: 5,
      against: 6,
      kind: 'PROBABILITY',
      logit: 2,
      cappedLogit: 2,
      logProbability: -1,
      probability: 0.5,
      rank: 4,
    } as const;
    const audit = { logit: 2, sum: 2, gap: 0, relativeGap: 0, tolerance: 1, deviation: 0, passed: false };
    const summary = { score: 1 / 3, directMoves: [], totalMovement: 1 };
    const tracked = [
      { position: 0, ...summary },
      { position: 1, ...summary, score: -0.5 },
    ];
    await circulated(store, 2, { type: 'COMPLETED', target, tracked, audit });
    const rows = await parquetRows(runs);
    assert.deepEqual(
      rows.map(({ position, token_id, score, value, bias, audit_passed, against_id, against, target_kind, rank }) => [
        ...[position, token_id, score, value, bias, audit_passed, against_id, against, target_kind, rank],
      ]),
      [
        [0, 1, 1 / 3, null, null, false, 6, "'=", 'PROBABILITY', 4],
        [1, 2, -0.5, null, null, false, 6, "'=", 'PROBABILITY', 4],
      ],
    );
  });

  it('is the same as CSV, whose texts are guarded as those of the explorer are', async () => {
    await using runs = await temporaryRuns();
    for (let seed = 0; seed < 9; seed++) await attributed(runs.store, seed);
    await generated(runs.store, 3);
    const [rows, same] = [await csvRows(runs), await parquetRows(runs)];
    assert.equal(rows.length, 20);
    const shown = (value: unknown) =>
      value instanceof Date ? value.toISOString() : value === null ? '' : String(value);
    assert.deepEqual(
      rows.map((row) => Object.entries(row).map(([name, value]) => [name, unguarded(value ?? '')])),
      same.map((row) => Object.entries(row).map(([name, value]) => [name, shown(value)])),
    );
    const explorers = toCsv({ name: '', columns: ['token'], rows: same.map(({ token }) => [token as string]) });
    assert.deepEqual(
      rows.map(({ token }) => token),
      readCsv(explorers).slice(1).flat(),
    );
  });

  it('has ids alone where the model is gone', async () => {
    await using runs = await temporaryRuns();
    await attributed(runs.store, 1);
    const gone: TextsOf = async () => ({ prompt: null, token: () => null });
    const [row] = await parquetRows(runs, gone);
    assert.deepEqual([row?.prompt, row?.token_id, row?.token, row?.target_id, row?.target], [null, 1, null, 3, null]);
    assert.match((await written(csv, runs, gone)).toString(), /,0,1,,1,1,3,,,,LOGIT,/);
  });

  it('is of no rows where there are none', async () => {
    await using runs = await temporaryRuns();
    assert.deepEqual(await parquetRows(runs), []);
    assert.equal((await written(csv, runs)).toString(), `${columns.map(({ name }) => name).join(',')}\r\n`);
  });

  it('is written in groups of rows, each as soon as it is full', async () => {
    await using runs = await temporaryRuns();
    const [row] = await runs.store.transfer.read([await attributed(runs.store, 1)]);
    assert.ok(row);
    const more = Array.from({ length: 2999 }, () => ({ ...row, run: { ...row.run, id: runs.store.newId() } }));
    for (let start = 0; start < more.length; start += 500)
      await runs.store.transfer.put(more.slice(start, start + 500));
    let seen = 0;
    const seenAt: number[] = [];
    for await (const _ of parquet.write(runs.store, {}, { textsOf, onRun: () => seen++ })) seenAt.push(seen);
    // 5,000 rows are those of 2,500 runs.
    assert.deepEqual(seenAt, [2499, 3000, 3000]);
    assert.equal((await parquetRows(runs)).length, 6000);
  });
});
