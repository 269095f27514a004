import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { describeSettings, readSettings } from './settings.ts';

describe('settings', () => {
  it('have defaults, also for variables that are set to nothing', () => {
    const settings = readSettings({ PORT: '', HOME: '/root' });
    assert.deepEqual(
      [settings.port, settings.host, settings.databaseUrl, settings.workers],
      [4000, '127.0.0.1', 'file:./data/tributary.db', 1],
    );
  });

  it('report every fault at once, with the variable and what would be right', () => {
    assert.throws(
      () => readSettings({ PORT: 'http', WORKERS: '0', DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud' }),
      (error: Error) =>
        ['PORT=http', 'WORKERS=0', 'DATABASE_URL=mysql://x', 'must start with file:', 'LOG_LEVEL=loud'].every((part) =>
          error.message.includes(part),
        ),
    );
  });

  it('take a database that several servers share, and tell nobody its password', () => {
    for (const url of ['postgres://u:secret@h:5432/d', 'postgresql://h/d?sslmode=require'])
      assert.equal(readSettings({ DATABASE_URL: url }).databaseUrl, url);
    for (const url of ['postgres://u:secret@h', 'postgres:u:secret@h/d', 'mysql://u:secret@h/d'])
      assert.throws(
        () => readSettings({ DATABASE_URL: url }),
        ({ message }: Error) => /DATABASE_URL=/.test(message) && !message.includes('secret'),
      );
  });

  it('take memory in bytes or with a unit', () => {
    const memory = (text: string) => readSettings({ MAX_MODEL_MEMORY: text }).maxModelMemory;
    assert.deepEqual(['123', '8GB', '1.5 G', '512MiB', '2gib'].map(memory), [123, 8e9, 1.5e9, 2 ** 29, 2 ** 31]);
    assert.ok(readSettings({}).maxModelMemory > 1e8);
    for (const wrong of ['many', '-1', '8GBs', '0', '1e9']) assert.throws(() => memory(wrong), /MAX_MODEL_MEMORY=/);
  });

  it('keep everything, unless limits are set', () => {
    assert.deepEqual(readSettings({}).retention, { days: undefined, runs: undefined, bytes: undefined });
    const limits = { RETENTION_DAYS: '0.5', RETENTION_RUNS: '0', RETENTION_BYTES: '20GB' };
    assert.deepEqual(readSettings(limits).retention, { days: 0.5, runs: 0, bytes: 2e10 });
    for (const [name, wrong] of Object.entries({ RETENTION_DAYS: '0', RETENTION_RUNS: '-1', RETENTION_BYTES: 'all' }))
      assert.throws(() => readSettings({ [name]: wrong }), new RegExp(`${name}=${wrong}: must be`));
    assert.match(describeSettings(), /RETENTION_DAYS .* Default: none\./);
  });

  it('say how weights are held, by one of three words', () => {
    const weights = (text: string) => readSettings({ WEIGHTS: text }).weights;
    assert.deepEqual(['', 'auto', 'lean', 'packed'].map(weights), ['auto', 'auto', 'lean', 'packed']);
    assert.throws(() => weights('float32'), /WEIGHTS=float32: must be one of auto, lean, packed/);
  });

  it('take lists separated by commas, and yes or no by one word each', () => {
    const lists = readSettings({ ALLOWED_HOSTS: 'a.example, b.example,', ALLOWED_ORIGINS: 'https://a.example' });
    assert.deepEqual(lists.allowedHosts, ['a.example', 'b.example']);
    assert.deepEqual(lists.allowedOrigins, ['https://a.example']);
    const origins = (text: string) => readSettings({ ALLOWED_ORIGINS: text }).allowedOrigins;
    assert.deepEqual(origins('*, null, http://localhost:5173'), ['*', 'null', 'http://localhost:5173']);
    assert.throws(
      () => origins('lab.example, https://a.example, https://b.example/'),
      (error: Error) =>
        ['ALLOWED_ORIGINS=', '"lab.example" is no origin', '"https://b.example/" is no origin'].every((part) =>
          error.message.includes(part),
        ),
    );
    const follow = (text: string) => readSettings({ FOLLOW_LINKS: text }).followLinks;
    assert.deepEqual(['', 'false', 'true'].map(follow), [false, false, true]);
    assert.throws(() => follow('yes'), /FOLLOW_LINKS=yes: must be true or false/);
  });

  it('take seconds, also parts of one', () => {
    const time = (text: string) => readSettings({ MAX_RUN_TIME: text }).maxRunTime;
    assert.deepEqual(['600', '0.5'].map(time), [600, 0.5]);
    assert.equal(readSettings({}).maxRunTime, 600);
    for (const wrong of ['long', '-1', '0', 'NaN', 'Infinity']) assert.throws(() => time(wrong), /MAX_RUN_TIME=/);
  });

  it('take a grace of no seconds', () => {
    const grace = (text: string) => readSettings({ LEAVE_GRACE: text }).leaveGrace;
    assert.deepEqual(['', '0', '3600'].map(grace), [10, 0, 3600]);
    for (const wrong of ['-1', '1.5', '3601']) assert.throws(() => grace(wrong), /LEAVE_GRACE=/);
  });

  it('are all in the documentation and in --help', async () => {
    const page = await readFile(new URL('../docs/settings.md', import.meta.url), 'utf8');
    const names = [...describeSettings().matchAll(/^ {2}([A-Z_]+) /gm)].map(([, name]) => name as string);
    assert.ok(names.length >= 9);
    assert.deepEqual(
      names.filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
  });
});

describe('settings of who may ask', () => {
  it('name what AUTH=oidc lacks', () => {
    assert.deepEqual(readSettings({}).auth, { kind: 'none' });
    assert.throws(() => readSettings({ AUTH: 'oidc' }), /OIDC_ISSUER=: .*\n.*OIDC_AUDIENCE=: AUTH=oidc needs it/);
    assert.throws(() => readSettings({ AUTH: 'oidc', OIDC_ISSUER: 'login' }), /OIDC_ISSUER=login: must be an address/);
    const { auth } = readSettings({ AUTH: 'oidc', OIDC_ISSUER: 'https://login.example', OIDC_AUDIENCE: 'lab' });
    assert.deepEqual(auth, {
      kind: 'oidc',
      issuer: 'https://login.example',
      audience: 'lab',
      scopesClaim: 'scope',
      jwksUrl: undefined,
    });
  });
});
