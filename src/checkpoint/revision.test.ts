import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import { cp, mkdir, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, it, mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { fingerprintOf, type Snapshot } from './fingerprint.ts';
import { writeRandomWeights } from './random.ts';
import { checkpointRevision } from './revision.ts';

describe('the revision of a checkpoint', () => {
  afterEach(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
  });

  it('does not depend on where its folder lies', async () => {
    await using folder = await checkpoint();
    const revision = await revisionOf(folder.path);
    assert.match(revision, /^[0-9a-f]{64}$/);
    await using other = await temporaryFolder();
    await cp(folder.path, other.path, { recursive: true });
    assert.equal(await revisionOf(other.path), revision);
  });

  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    it(`is another one when ${name} changes`, async () => {
      await using folder = await checkpoint();
      const before = await revisionOf(folder.path);
      await writeFile(join(folder.path, name), '{"changed": true}');
      assert.notEqual(await revisionOf(folder.path), before);
    });
  }

  it('is another one when weights change', async () => {
    await using folder = await checkpoint();
    const before = await revisionOf(folder.path);
    await writeWeights(folder.path, 2);
    await utimes(join(folder.path, 'model.safetensors'), 1, 1);
    assert.notEqual(await revisionOf(folder.path), before);
  });

  it('is another one when a file has the content of another', async () => {
    await using folder = await checkpoint();
    const before = await revisionOf(folder.path);
    await rename(join(folder.path, 'tokenizer.json'), join(folder.path, 'tokenizer_config.json'));
    assert.notEqual(await revisionOf(folder.path), before);
  });

  it('does not change with files that no answer depends on', async () => {
    await using folder = await checkpoint();
    const before = await revisionOf(folder.path);
    await writeFile(join(folder.path, 'README.md'), 'Hello');
    assert.equal(await revisionOf(folder.path), before);
  });

  it('names the file that cannot be read', async () => {
    await using folder = await checkpoint();
    const config = join(folder.path, 'config.json');
    await rm(config);
    await mkdir(config);
    await assert.rejects(revisionOf(folder.path), {
      code: 'CHECKPOINT',
      message: /^config\.json cannot be read: EISDIR: /,
    });
  });

  for (const [what, change] of [
    ['other weights', (folder: string) => writeWeights(folder, 2)],
    ['another configuration', (folder: string) => writeFile(join(folder, 'config.json'), '{}')],
    ['one more file', (folder: string) => writeFile(join(folder, 'tokenizer_config.json'), '{}')],
    ['a file less', (folder: string) => rm(join(folder, 'tokenizer.json'))],
  ] as const) {
    it(`is not given of ${what} than were asked about`, async () => {
      await using folder = await checkpoint();
      const snapshot = await snapshotOf(folder.path);
      await change(folder.path);
      await assert.rejects(checkpointRevision(snapshot), { code: 'CHECKPOINT', message: /has changed since/ });
    });
  }

  it('is not of files that were there for a moment, nor is their content remembered', async () => {
    await using folder = await checkpoint();
    await using other = await checkpoint();
    await writeWeights(other.path, 2);
    const before = await revisionOf(folder.path);
    // The same files in other places, so that they are read anew.
    await using copy = await checkpoint();
    const swap = async () => {
      await fs.promises.rename(copy.path, `${copy.path}-kept`);
      await fs.promises.rename(other.path, copy.path);
      await fs.promises.rename(`${copy.path}-kept`, other.path);
    };
    const snapshot = await snapshotOf(copy.path);
    const { open } = fs.promises;
    mock.method(fs.promises, 'open', async (...args: Parameters<typeof open>) => {
      await swap();
      const handle = await open(...args);
      await swap();
      return handle;
    });
    syncBuiltinESMExports();
    await assert.rejects(checkpointRevision(snapshot), { code: 'CHECKPOINT', message: /has changed since/ });
    mock.restoreAll();
    syncBuiltinESMExports();
    assert.equal(await checkpointRevision(snapshot), before);
  });

  it('of large weights is noted for the next process', async () => {
    await using folder = await checkpoint();
    const weights = join(folder.path, 'model.safetensors');
    await truncate(weights, 200_000_000);
    const before = await revisionOf(folder.path);
    const anew = (await import(`${new URL('./revision.ts', import.meta.url)}?anew`)) as {
      checkpointRevision: typeof checkpointRevision;
    };
    const { open } = fs.promises;
    const opened = mock.method(fs.promises, 'open', (...args: Parameters<typeof open>) => open(...args));
    syncBuiltinESMExports();
    assert.equal(await anew.checkpointRevision(await snapshotOf(folder.path)), before);
    assert.equal(opened.mock.calls.filter(({ arguments: [path] }) => path === weights).length, 0);
    await utimes(weights, 1, 1);
    assert.equal(await anew.checkpointRevision(await snapshotOf(folder.path)), before);
    assert.equal(opened.mock.calls.filter(({ arguments: [path] }) => path === weights).length, 1);
  });

  it('is there for others who wait for it when one of them leaves', { timeout: 10_000 }, async () => {
    await using folder = await checkpoint();
    const snapshot = await snapshotOf(folder.path);
    const reading = holdWeights();
    const leaving = new AbortController();
    const first = checkpointRevision(snapshot, { signal: leaving.signal });
    await reading.begun(1);
    const second = checkpointRevision(snapshot);
    await reading.askedFor(2);
    leaving.abort();
    await assert.rejects(first, { name: 'AbortError' });
    (await reading.begun(2)).end('the weights');
    assert.equal(await second, expected(folder.path, 'the weights'));
    assert.equal(await revisionOf(folder.path), await second);
    assert.equal(reading.streams.length, 2);
  });

  it('is refused to all who wait for it when reading fails, and read again afterwards', {
    timeout: 10_000,
  }, async () => {
    await using folder = await checkpoint();
    const snapshot = await snapshotOf(folder.path);
    const reading = holdWeights();
    const first = checkpointRevision(snapshot);
    const stream = await reading.begun(1);
    const second = checkpointRevision(snapshot);
    await reading.askedFor(2);
    stream.destroy(Object.assign(new Error('EIO: i/o error'), { code: 'EIO', errno: -5 }));
    for (const revision of [first, second])
      await assert.rejects(revision, {
        code: 'CHECKPOINT',
        message: 'model.safetensors cannot be read: EIO: i/o error',
      });
    assert.equal(reading.streams.length, 1);
    const third = checkpointRevision(snapshot);
    (await reading.begun(2)).end('the weights');
    assert.equal(await third, expected(folder.path, 'the weights'));
  });

  it('is not waited for by one who leaves while another one reads', { timeout: 10_000 }, async () => {
    await using folder = await checkpoint();
    const snapshot = await snapshotOf(folder.path);
    const reading = holdWeights();
    const leaving = new AbortController();
    const first = checkpointRevision(snapshot);
    const stream = await reading.begun(1);
    const second = checkpointRevision(snapshot, { signal: leaving.signal });
    await reading.askedFor(2);
    leaving.abort();
    await assert.rejects(second, { name: 'AbortError' });
    stream.end('the weights');
    assert.equal(await first, expected(folder.path, 'the weights'));
    assert.equal(reading.streams.length, 1);
  });
});

/** Weights come out of streams that the test ends. */
function holdWeights() {
  const streams: PassThrough[] = [];
  let asked = 0;
  const changed = new EventEmitter();
  const { open, realpath } = fs.promises;
  const isHeld = (path: unknown) => String(path).endsWith('model.safetensors');
  mock.method(fs.promises, 'open', async (...args: Parameters<typeof open>) => {
    const handle = await open(...args);
    if (!isHeld(args[0])) return handle;
    const createReadStream = () => {
      const stream = new PassThrough();
      streams.push(stream);
      changed.emit('change');
      return stream;
    };
    return Object.assign(handle, { createReadStream });
  });
  mock.method(fs.promises, 'realpath', async (path: string) => {
    const real = await realpath(path);
    if (isHeld(path)) asked++;
    changed.emit('change');
    return real;
  });
  syncBuiltinESMExports();
  const until = async (condition: () => boolean) => {
    while (!condition()) await once(changed, 'change');
  };
  return {
    streams,
    async begun(count: number) {
      await until(() => streams.length >= count);
      return streams[count - 1] as PassThrough;
    },
    async askedFor(count: number) {
      await until(() => asked >= count);
      await setImmediate();
    },
  };
}

function expected(folder: string, weights: string): string {
  const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
  const lines = ['config.json', 'tokenizer.json'].map(
    (name) => `${name} ${sha256(fs.readFileSync(join(folder, name)))}\n`,
  );
  return sha256(`${lines.join('')}model.safetensors ${sha256(weights)}\n`);
}

function matrix(size: number) {
  return { name: 'a', shape: [size], distribution: { kind: 'NORMAL', deviation: 1 } } as const;
}

async function checkpoint() {
  const folder = await temporaryFolder();
  for (const name of ['config.json', 'tokenizer.json'])
    await writeFile(join(folder.path, name), JSON.stringify({ name }));
  await writeWeights(folder.path, 1);
  return folder;
}

function writeWeights(folder: string, seed: number): Promise<unknown> {
  return writeRandomWeights(folder, [matrix(1000)], { dtype: 'F32', seed });
}

async function snapshotOf(folder: string): Promise<Snapshot> {
  return { folder, fingerprint: await fingerprintOf(folder) };
}

async function revisionOf(folder: string): Promise<string> {
  return checkpointRevision(await snapshotOf(folder));
}
