import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { idle, join, MemberProcess, makeMembers } from '../../test/support/cluster/members.ts';
import { eventually } from '../../test/support/eventually.ts';
import { Network } from '../../test/support/network.ts';
import { noPostgres } from '../../test/support/postgres/binaries.ts';
import { freshDatabase } from '../../test/support/postgres/database.ts';
import { ownPostgres } from '../../test/support/postgres/server.ts';
import type { Members } from './members.ts';

describe('members of a cluster', { skip: noPostgres ?? false }, () => {
  const idsOf = (members: Members) => members.list().map(({ id }) => id);
  /** A database of its own with the table. */
  const databaseOf = async () => {
    const database = await freshDatabase();
    await makeMembers(database.url);
    return database;
  };
  /** Members judge nobody before that. */
  const steady = (members: Members) => {
    const began = members.list()[0]?.seenAt.getTime() ?? 0;
    return eventually(() => members.list().some(({ seenAt }) => seenAt.getTime() > began + 4500));
  };

  it('know each other and what each says of itself, by the clock of the database', async () => {
    await using database = await databaseOf();
    await using one = await join(database.url);
    await using other = await join(database.url);
    const both = [one.members.id, other.members.id].toSorted();
    for (const { members } of [one, other]) await eventually(() => idsOf(members).length === 2);
    assert.deepEqual(idsOf(one.members), both);
    let told = 0;
    const stop = other.members.watch(() => told++);
    const state = { ...idle, running: 3 };
    await one.members.update(state);
    const found = () => other.members.list().find(({ id }) => id === one.members.id);
    await eventually(() => found()?.state?.running === 3);
    const { seenAt, startedAt, ...rest } = found() ?? assert.fail();
    assert.deepEqual(rest, { id: one.members.id, kind: 'SERVER', name: rest.name, state });
    const [{ now }] = (await one.wire.query<{ now: number }>(
      'SELECT (extract(epoch FROM now()) * 1000)::float8 AS now',
    )) as [{ now: number }];
    assert.ok(Math.abs(now - startedAt.getTime()) < 30_000 && seenAt >= startedAt);
    // That it was seen again is no news.
    const before = told;
    await eventually(() => (found()?.seenAt ?? seenAt) > seenAt);
    assert.equal(told, before);
    stop();
  });

  it('read the newest state alone of one that changes all the while', async () => {
    await using database = await databaseOf();
    await using one = await join(database.url);
    await using other = await join(database.url);
    const running = () => other.members.list().find(({ id }) => id === one.members.id)?.state?.running;
    let told = 0;
    other.members.watch(() => told++);
    const updates = Array.from({ length: 200 }, (_, index) => one.members.update({ ...idle, running: index }));
    await Promise.all(updates);
    await eventually(() => running() === 199);
    assert.ok(told < 10, `${told} changes`);
  });

  it('leave without being lost', async () => {
    await using database = await databaseOf();
    await using one = await join(database.url);
    const other = await join(database.url);
    await eventually(() => idsOf(one.members).length === 2);
    await other[Symbol.asyncDispose]();
    await eventually(() => idsOf(one.members).length === 1);
    await steady(one.members);
    assert.deepEqual(one.lost, []);
  });

  it('are lost within a second of their end, to all, and forgotten once what they had is taken over', async () => {
    await using database = await databaseOf();
    await using one = await join(database.url);
    await using other = await join(database.url);
    using worker = await MemberProcess.start(database.url);
    await Promise.all([steady(one.members), steady(other.members)]);
    const taken = Promise.withResolvers<void>();
    let failures = 2;
    one.members.onLost(async () => {
      if (failures-- > 0) throw new Error('a fault by the way');
    });
    const stop = other.members.onLost(() => taken.promise);
    worker.process.kill('SIGKILL');
    assert.ok((await eventually(() => one.lost.length + other.lost.length > 0)) < 1000);
    await eventually(() => one.lost.length >= 3 && other.lost.length >= 1);
    assert.deepEqual(new Set([...one.lost, ...other.lost]), new Set([worker.id]));
    taken.resolve();
    const rows = async () => (await one.wire.query('SELECT "id" FROM "Member"')).length;
    await eventually(async () => (await rows()) === 2);
    await eventually(() => idsOf(one.members).length === 2);
    stop();
  });

  it('are not lost when the connection breaks for a moment, nor when the database crashes and comes back', async () => {
    await using postgres = await ownPostgres();
    const url = postgres.url();
    await makeMembers(url);
    await using one = await join(url);
    await using other = await join(url);
    await Promise.all([steady(one.members), steady(other.members)]);
    const connections = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tributary'`;
    await one.wire.query(connections).catch(() => undefined);
    await Promise.all([steady(one.members), steady(other.members)]);
    for (const how of ['fast', 'immediate'] as const) {
      await postgres.stop(how);
      // For longer than a member may be silent.
      await pause(6000);
      await postgres.start();
      await Promise.all([steady(one.members), steady(other.members)]);
    }
    assert.deepEqual([one.lost, other.lost, one.expelled, other.expelled], [[], [], [], []]);
    assert.equal(idsOf(one.members).length, 2);
  });

  it('are lost after some seconds behind a network that is silent, learn it, and join anew', async () => {
    await using database = await databaseOf();
    using network = await Network.before(database.url.replace('postgresql:', 'http:'));
    const url = new URL(database.url);
    url.port = String(network.port);
    await using one = await join(database.url);
    await using cut = await join(url.href);
    const { id } = cut.members;
    await Promise.all([steady(one.members), steady(cut.members)]);
    network.silence();
    const time = await eventually(() => one.lost.length > 0);
    assert.ok(time > 3000 && time < 7000, `${time} ms`);
    assert.deepEqual([one.lost, cut.expelled], [[id], []]);
    network.restore();
    await eventually(() => cut.expelled.length > 0);
    assert.deepEqual(cut.expelled, [id]);
    assert.notEqual(cut.members.id, id);
    await cut.members.join('SERVER', null);
    await eventually(() => idsOf(one.members).includes(cut.members.id));
    await steady(one.members);
    assert.deepEqual([one.lost, cut.lost, one.expelled], [[id], [], []]);
  });
});
