import assert from 'node:assert/strict';
import { it } from 'node:test';
import { onEachStore } from '../../test/support/stores.ts';
import type { UploadedRow } from './upload-store.ts';

async function* numbered(count: number, failure?: Error): AsyncGenerator<UploadedRow> {
  for (let index = 0; index < count; index++) yield { prompt: `prompt ${index}`, ...(index % 2 && { odd: 'yes' }) };
  if (failure) throw failure;
}

const day = 86_400_000;

onEachStore('uploads', ({ temporaryRuns }) => {
  it('have their rows in order, from the first on each time', async () => {
    await using fixture = await temporaryRuns();
    const { uploads } = fixture.store;
    const upload = await uploads.add('names.csv', numbered(1234), () => 99);
    assert.deepEqual(await uploads.find(upload.id), upload);
    assert.equal(upload.rowCount, 1234);
    assert.equal(upload.bytes, 99);
    assert.deepEqual(upload.columns, ['prompt', 'odd']);
    for (let time = 0; time < 2; time++) {
      const rows = await Array.fromAsync(uploads.rows(upload));
      assert.deepEqual(rows, await Array.fromAsync(numbered(1234)));
    }
  });

  it('are not found before their last row is there, and nothing stays of one that breaks off', async () => {
    await using fixture = await temporaryRuns();
    const { database, store } = fixture;
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const gone = new Error('the client has gone away');
    const adding = store.uploads.add(
      'names.csv',
      (async function* () {
        yield* numbered(600);
        begun.resolve();
        await goOn.promise;
        throw gone;
      })(),
      () => 0,
    );
    await begun.promise;
    const stored = await database.upload.findMany();
    assert.equal(stored.length, 1);
    assert.ok((await database.uploadRow.count()) > 0);
    assert.equal(await store.uploads.find(stored[0]?.id ?? ''), undefined);
    goOn.resolve();
    await assert.rejects(adding, gone);
    assert.equal(await database.upload.count(), 0);
    assert.equal(await database.uploadRow.count(), 0);
  });

  it('have a row at the least', async () => {
    await using fixture = await temporaryRuns();
    await assert.rejects(
      fixture.store.uploads.add('', numbered(0), () => 0),
      { code: 'INPUT', message: /no rows/ },
    );
    assert.equal(await fixture.database.upload.count(), 0);
  });

  it('that a stop has interrupted are dropped at the next start', async () => {
    await using fixture = await temporaryRuns();
    const { database, store } = fixture;
    const kept = await store.uploads.add('', numbered(3), () => 0);
    const left = await store.uploads.add('', numbered(12_000), () => 0);
    await database.upload.update({ where: { id: left.id }, data: { storedAt: null } });
    await store.uploads.dropUnfinished();
    assert.equal(await database.uploadRow.count(), 3);
    assert.deepEqual(await store.uploads.find(kept.id), kept);
  });

  it('are dropped once nobody has asked for them for a while', async () => {
    await using fixture = await temporaryRuns();
    let now = new Date('2026-11-30');
    const { uploads } = fixture.storeOn(fixture.database, () => now);
    const [asked, unasked] = [await uploads.add('', numbered(1), () => 0), await uploads.add('', numbered(1), () => 0)];
    now = new Date(now.getTime() + day);
    await uploads.find(asked.id);
    now = new Date(now.getTime() + 1000);
    const young = await uploads.add('', numbered(1), () => 0);
    assert.equal(await uploads.dropUnused(new Date(now.getTime() - day)), 1);
    assert.equal(await uploads.find(unasked.id), undefined);
    assert.deepEqual(await uploads.find(young.id), young);
    assert.deepEqual(await uploads.find(asked.id), asked);
  });

  it('say so where they are dropped while they are read', async () => {
    await using fixture = await temporaryRuns();
    const { database, store } = fixture;
    const upload = await store.uploads.add('', numbered(300), () => 0);
    const rows = store.uploads.rows(upload);
    await rows.next();
    await database.uploadRow.deleteMany();
    await assert.rejects(Array.fromAsync(rows), /has lost rows/);
  });
});
