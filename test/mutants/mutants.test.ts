import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temporary-folder.ts';

const script = fileURLToPath(new URL('./mutants.ts', import.meta.url));
const sum = 'export const sum = (a: number, b: number) => a + b;\n';
const sumTest = `import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sum } from './sum.ts';
it('adds', () => assert.equal(sum(2, 1), 3));
`;

/** A working tree, and a folder for what is temporary. */
async function setUp(files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  const [tree, temporary] = [join(folder.path, 'tree'), join(folder.path, 'temporary')];
  for (const path of [tree, temporary]) await mkdir(path);
  for (const [name, content] of Object.entries({ 'package.json': '{"type": "module"}', ...files }))
    await writeFile(join(tree, name), content);
  execFileSync('git', ['init', '--quiet'], { cwd: tree });
  return {
    ...folder,
    start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
      const child = spawn(process.execPath, [script, ...args], {
        cwd: tree,
        env: { ...process.env, ...env, TMPDIR: temporary },
      });
      const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      return { child, ended: ended.then(([out, error, [status]]) => ({ out, error, status })) };
    },
    /** That the tree is as it was, and nothing lies elsewhere. */
    async unchanged() {
      for (const [name, content] of Object.entries(files))
        assert.equal(await readFile(join(tree, name), 'utf8'), content);
      assert.deepEqual(await readdir(temporary), []);
    },
  };
}

describe('the mutants of a source file', () => {
  it('are killed by tests that fail, or survive and are shown', async () => {
    const untested = 'export const less = (a: number, b: number) => a < b;\n';
    await using it = await setUp({ 'sum.ts': sum + untested, 'sum.test.ts': sumTest });
    const { out, error, status } = await it.start(['sum.ts']).ended;
    assert.deepEqual([status, error], [0, '']);
    assert.match(out, /^sum\.ts:2\n {2}- .* a < b;\n {2}\+ .* a <= b;$/m);
    assert.match(out, /^sum\.ts:2\n {2}- .* a < b;\n {2}\+ .* a >= b;$/m);
    assert.match(out, /^FILE +MUTANTS +KILLED +BY TYPES +TIMED OUT +SURVIVED\nsum\.ts +3 +1 +0 +0 +2$/m);
    await it.unchanged();
  });

  it('are drawn alike for the same seed', async () => {
    await using it = await setUp({ 'sum.ts': sum.replace('a + b', '[a < b, a > b, a === b, a - b, a * b]') });
    const draw = (seed: string) => it.start(['sum.ts', '--sample', '2', '--seed', seed]).ended.then(({ out }) => out);
    const first = await draw('1');
    assert.match(first, /^all +2 /m);
    assert.equal(await draw('1'), first);
    assert.notEqual(await draw('2'), first);
  });

  it('leave nothing behind when the search is stopped', async () => {
    const hanging = `${sumTest}
import { connect } from 'node:net';
if (sum(2, 1) !== 3) {
  connect(Number(process.env.PORT));
  await new Promise(() => undefined);
}
`;
    await using it = await setUp({ 'sum.ts': sum, 'sum.test.ts': hanging.replace(/^it\(.*\n/m, '') });
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { child, ended } = it.start(['sum.ts'], { PORT: String((server.address() as AddressInfo).port) });
    const [socket]: Socket[] = await once(server, 'connection');
    assert.ok(socket);
    socket.on('error', () => undefined);
    child.kill('SIGTERM');
    const { error, status } = await ended;
    assert.deepEqual([status, error], [1, 'stopped; this is what was found before\n']);
    // Its end shows that the test is no longer running.
    if (!socket.closed) await once(socket.resume(), 'close');
    server.close();
    await it.unchanged();
  });

  it('are not looked for while a test fails without them, or where there are none', async () => {
    await using it = await setUp({ 'sum.ts': sum.replace('+', '-'), 'sum.test.ts': sumTest, 'none.ts': '' });
    const failing = await it.start(['sum.ts']).ended;
    assert.deepEqual([failing.status, failing.error], [1, 'sum.test.ts fails though nothing was changed\n']);
    const none = await it.start(['none.ts', 'nowhere']).ended;
    assert.deepEqual([none.status, none.error], [1, 'there is nothing to change in none.ts, nowhere\n']);
    await it.unchanged();
  });
});
