/** What a newcomer gets wrong is told when the server is started, and what a page gets wrong when it asks. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rawUpgrade } from '../support/raw-websocket.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startBareServer } from './harness.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** To its end. */
function started(args: readonly string[], environment: Readonly<Record<string, string>>) {
  return new Promise<{ code: unknown; out: string; error: string }>((resolve) =>
    execFile(process.execPath, [main, ...args], { env: { ...process.env, ...environment } }, (failed, out, error) =>
      resolve({ code: failed ? failed.code : 0, out, error }),
    ),
  );
}

describe('a start', () => {
  it('refuses arguments, for there are none, and says how settings are given', async () => {
    for (const [args, named] of [
      [['--bogus'], "unknown option '--bogus'"],
      [['4001'], 'too many arguments'],
    ] as const) {
      const { code, out, error } = await started(args, { PORT: '0' });
      assert.deepEqual([code, out], [2, '']);
      for (const part of [named, 'Usage: npm start', 'PORT=4001 npm start', '--help'])
        assert.ok(error.includes(part), error);
    }
  });

  it('explains all settings where it is asked to', async () => {
    for (const option of ['--help', '-h']) {
      const { code, out } = await started([option], {});
      assert.equal(code, 0);
      for (const part of ['Usage: npm start', 'ALLOWED_ORIGINS', 'MODELS_DIR']) assert.ok(out.includes(part), out);
    }
  });

  it('refuses an origin that no browser sends, with the one that is meant', async () => {
    const { code, error } = await started([], { PORT: '0', ALLOWED_ORIGINS: 'lab.example,https://b.example/' });
    assert.equal(code, 1);
    assert.match(
      error,
      /ALLOWED_ORIGINS=.*"lab.example" is no origin that a browser sends, https:\/\/lab.example would be/,
    );
    assert.match(error, /"https:\/\/b.example\/" is no origin that a browser sends, https:\/\/b.example would be/);
  });

  it('tells of a folder of models that is not there', async () => {
    await using folder = await temporaryFolder();
    const missing = join(folder.path, 'nothing');
    const environment = { PORT: '0', MODELS_DIR: missing, DATABASE_URL: `file:${join(folder.path, 'test.db')}` };
    const told = Promise.withResolvers<string>();
    const child = execFile(process.execPath, [main], { env: { ...process.env, ...environment } }, (_error, out) =>
      told.reject(new Error(`it ended: ${out}`)),
    );
    let out = '';
    child.stdout?.on('data', (text: string) => {
      out += text;
      const line = out.split('\n').find((one) => one.includes('MODELS_DIR'));
      if (line?.endsWith('}')) told.resolve(line);
    });
    try {
      const { folder: named, msg } = JSON.parse(await told.promise) as { folder: string; msg: string };
      assert.equal(named, missing);
      assert.match(msg, /does not exist.*MODELS_DIR.*models -- add/);
    } finally {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill();
      await ended;
    }
  });
});

it('a page of another origin is logged once, with the setting that would let it in', async () => {
  const lines: { origin?: string; msg: string }[] = [];
  const server = await startBareServer((line) => lines.push(JSON.parse(line)), {
    variables: { ALLOWED_ORIGINS: 'https://lab.example' },
  });
  const ask = (origin: string) =>
    fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: '{"query":"{ __typename }"}',
    });
  const { host } = new URL(server.url);
  const front = 'http://localhost:5173';
  for (let time = 0; time < 3; time++) {
    assert.equal((await ask(front)).status, 403);
    assert.equal((await rawUpgrade(server.url, { host, origin: front })).status, 403);
    assert.equal((await ask('no origin at all')).status, 403);
    assert.equal((await ask('https://lab.example')).status, 200);
  }
  for (let page = 0; page < 200; page++) await ask(`https://page-${page}.example`);
  await server.close();
  assert.equal(lines.filter(({ origin }) => origin === front).length, 1);
  const msg = `pages of another origin are refused; ALLOWED_ORIGINS=https://lab.example,${front} would let them in`;
  assert.equal(lines[0]?.msg, msg);
  assert.equal(lines.length, 100, 'no page can fill the log');
});
