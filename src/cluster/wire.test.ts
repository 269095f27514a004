import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { eventually } from '../../test/support/eventually.ts';
import { Network } from '../../test/support/network.ts';
import { noPostgres } from '../../test/support/postgres/binaries.ts';
import { freshDatabase } from '../../test/support/postgres/database.ts';
import { bridge } from './bridge.ts';
import { channel, type Note, notifyingAs, payloadOf } from './notes.ts';
import { Wire } from './wire.ts';

describe('what processes tell each other', () => {
  it('is as many notes as a payload has place for, and all of them in several', () => {
    const notes = Array.from({ length: 500 }, (_, run) => JSON.stringify({ run: `run ${run} é`, what: 'events' }));
    const seen: unknown[] = [];
    for (let rest = notes; rest.length > 0; ) {
      const { payload, count } = payloadOf('me', rest);
      assert.ok(count > 0 && Buffer.byteLength(payload) <= 7000);
      seen.push(...JSON.parse(payload).notes);
      rest = rest.slice(count);
    }
    assert.deepEqual(
      seen,
      notes.map((note) => JSON.parse(note)),
    );
  });
});

describe('a wire', { skip: noPostgres ?? false }, () => {
  const heardBy = (wire: Wire) => {
    const heard: Note[] = [];
    wire.listen((note) => heard.push(note));
    return heard;
  };

  it('tells the others each note, once where it is told at once, and not itself', async () => {
    await using database = await freshDatabase();
    await using one = await Wire.open(database.url);
    await using other = await Wire.open(database.url);
    const [own, heard] = [heardBy(one), heardBy(other)];
    const notes = Array.from({ length: 1000 }, (_, index): Note => ({ run: `run ${index}`, what: 'events' }));
    await Promise.all([...notes, ...notes].map((note) => one.notify(note)));
    await other.notify({ sweep: 'last' });
    await eventually(() => own.length > 0);
    assert.deepEqual(own, [{ sweep: 'last' }]);
    await eventually(() => heard.length >= notes.length);
    const first = new Set(heard.map((note) => JSON.stringify(note)));
    assert.equal(first.size, notes.length);
    // The first one was on its way when it was told again.
    assert.ok(heard.length <= notes.length + 1);
  });

  it('tells what a transaction has written once that is committed, and nothing of one that is not', async () => {
    await using database = await freshDatabase();
    await using wire = await Wire.open(database.url);
    const heard = heardBy(wire);
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const transaction = {
      $executeRawUnsafe: async (statement: string, ...values: unknown[]) =>
        (await client.query(statement, values)).rowCount ?? 0,
    };
    const tell = notifyingAs('another process');
    await client.query('BEGIN');
    await tell(transaction, [{ run: 'dropped', what: 'status' }]);
    await client.query('ROLLBACK');
    await client.query('BEGIN');
    const many = Array.from({ length: 500 }, (_, index) => ({ run: `run ${index}`, what: 'deleted' }) as const);
    let statements = 0;
    const counted = {
      $executeRawUnsafe: (statement: string, ...values: unknown[]) => {
        statements++;
        return transaction.$executeRawUnsafe(statement, ...values);
      },
    };
    await tell(counted, [{ run: 'kept', what: 'status' }, { sweep: 'kept' }, ...many]);
    assert.equal(statements, 1, 'however many payloads those are');
    assert.deepEqual(heard, []);
    await client.query('COMMIT');
    await eventually(() => heard.length === 502);
    assert.deepEqual(heard, [{ run: 'kept', what: 'status' }, { sweep: 'kept' }, ...many]);
    await client.end();
  });

  it('does not mind what others say on its channel', async () => {
    await using database = await freshDatabase();
    await using wire = await Wire.open(database.url);
    const heard = heardBy(wire);
    for (const payload of ['', 'no JSON', 'null', '{"from":1,"notes":[]}', '{"from":"x","notes":[{"new":"kind"}]}'])
      await wire.query('SELECT pg_notify($1, $2)', [channel, payload]);
    await eventually(() => heard.length > 0);
    assert.deepEqual(heard, [{ new: 'kind' }]);
  });

  it('comes back after a cut, wakes whoever may have missed something, and tells what waited', async () => {
    await using database = await freshDatabase();
    using network = await Network.before(database.url.replace('postgresql:', 'http:'));
    const url = new URL(database.url);
    url.port = String(network.port);
    const faults: Error[] = [];
    await using wire = await Wire.open(url.href, { onFault: (error) => faults.push(error) });
    await using other = await Wire.open(database.url);
    const [heard, told] = [heardBy(wire), heardBy(other)];
    const woken: string[] = [];
    const stop = bridge(wire, {
      events: {
        renew: (id) => woken.push(`renew ${id}`),
        forget: (id) => woken.push(`forget ${id}`),
        forgetAll: () => woken.push('forget all'),
      },
      changes: { note: (id, what) => woken.push(`note ${id} ${what}`), lose: () => woken.push('lose') },
      runs: { wake: (id) => woken.push(`wake ${id}`), wakeAll: () => woken.push('wake all runs') },
      sweeps: { wake: (id) => woken.push(`wake ${id}`), wakeAll: () => woken.push('wake all sweeps') },
    });
    network.isDown = true;
    network.cut();
    await eventually(() => !wire.connected);
    await other.notify({ run: 'missed', what: 'status' });
    const waiting = wire.notify({ sweep: 'waited' });
    await eventually(() => faults.length > 2);
    network.isDown = false;
    await eventually(() => wire.connected);
    assert.deepEqual(woken, ['forget all', 'lose', 'wake all runs', 'wake all sweeps']);
    await waiting;
    await eventually(() => told.length > 0);
    assert.deepEqual([heard, told], [[], [{ sweep: 'waited' }]]);
    woken.length = 0;
    for (const what of ['events', 'figures'] as const) await other.notify({ run: 'a', what });
    for (const note of [{ runs: 'changed' }, { sweep: 'b' }] as const) await other.notify(note);
    await eventually(() => woken.includes('wake b'));
    const first = ['renew a', 'note a events', 'wake a'];
    assert.deepEqual(woken, [...first, 'forget a', 'note a events', 'wake a', 'lose', 'wake b']);
    stop();
  });

  it('notices that a connection is silent, though nobody says so', async () => {
    await using database = await freshDatabase();
    using network = await Network.before(database.url.replace('postgresql:', 'http:'));
    const url = new URL(database.url);
    url.port = String(network.port);
    const faults: Error[] = [];
    await using wire = await Wire.open(url.href, { onFault: (error) => faults.push(error) });
    network.silence();
    assert.ok((await eventually(() => !wire.connected)) < 5000);
    assert.match(faults[0]?.message ?? '', /has not answered/);
    await assert.rejects(wire.query('SELECT'), /no connection/);
  });

  it('says at the start where there is no database', async () => {
    await assert.rejects(Wire.open('postgresql://nobody@127.0.0.1:1/nothing'), /ECONNREFUSED/);
  });

  it('leaves nobody waiting when it is closed', async () => {
    await using database = await freshDatabase();
    const wire = await Wire.open(database.url);
    const telling = [wire.notify({ sweep: 'a' }), wire.notify({ sweep: 'b' })];
    wire.close();
    await Promise.all([...telling, wire.notify({ sweep: 'c' })]);
    await pause(0);
    assert.equal(wire.connected, false);
  });
});
