import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import { cp, mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, it, mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { writeRandomWeights } from './random.ts';
import { checkpointRevision } from './revision.ts';

describe('the revision of a checkpoint', () => {
  afterEach(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
  });

  it('does not depend on where its folder lies', async () => {
    await using folder = await checkpoint();
    const revision = await checkpointRevision(folder.path);
    assert.match(revision, /^[0-9a-f]{64}$/);
    await using other = await temporaryFolder();
    await cp(folder.path, other.path, { recursive: true });
    assert.equal(await checkpointRevision(other.path), revision);
  });

  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    it(`is another one when ${name} changes`, async () => {
      await using folder = await checkpoint();
      const before = await checkpointRevision(folder.path);
      await writeFile(join(folder.path, name), '{"changed": true}');
      assert.notEqual(await checkpointRevision(folder.path), before);
    });
  }

  it('is another one when weights change', async () => {
    await using folder = await checkpoint();
    const before = await checkpointRevision(folder.path);
    await writeRandomWeights(folder.path, [matrix(1000)], { dtype: 'F32', seed: 2 });
    await utimes(join(folder.path, 'model.safetensors'), 1, 1);
    assert.notEqual(await checkpointRevision(folder.path), before);
  });

  it('is another one when a file has the content of another', async () => {
    await using folder = await checkpoint();
    const before = await checkpointRevision(folder.path);
    await rename(join(folder.path, 'tokenizer.json'), join(folder.path, 'tokenizer_config.json'));
    assert.notEqual(await checkpointRevision(folder.path), before);
  });

  it('does not change with files that no answer depends on', async () => {
    await using folder = await checkpoint();
    const before = await checkpointRevision(folder.path);
    await writeFile(join(folder.path, 'README.md'), 'Hello');
    assert.equal(await checkpointRevision(folder.path), before);
  });

  it('names the file that cannot be read', async () => {
    await using folder = await checkpoint();
    const config = join(folder.path, 'config.json');
    await rm(config);
    await mkdir(config);
    await assert.rejects(checkpointRevision(folder.path), {
      code: 'CHECKPOINT',
      message: new RegExp(`^${config} cannot be read: EISDIR`),
    });
  });

  it('is there for others who wait for it when one of them leaves', { timeout: 10_000 }, async () => {
    await using folder = await checkpoint();
    const reading = holdWeights();
    const leaving = new AbortController();
    const first = checkpointRevision(folder.path, { signal: leaving.signal });
    await reading.begun(1);
    const second = checkpointRevision(folder.path);
    await reading.askedFor(2);
    leaving.abort();
    await assert.rejects(first, { name: 'AbortError' });
    (await reading.begun(2)).end('the weights');
    assert.equal(await second, expected(folder.path, 'the weights'));
    assert.equal(await checkpointRevision(folder.path), await second);
    assert.equal(reading.streams.length, 2);
  });

  it('is not waited for by one who leaves while another one reads', { timeout: 10_000 }, async () => {
    await using folder = await checkpoint();
    const reading = holdWeights();
    const leaving = new AbortController();
    const first = checkpointRevision(folder.path);
    const stream = await reading.begun(1);
    const second = checkpointRevision(folder.path, { signal: leaving.signal });
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
  const { createReadStream } = fs;
  const isHeld = (path: unknown) => String(path).endsWith('model.safetensors');
  mock.method(fs, 'createReadStream', (...args: Parameters<typeof createReadStream>) => {
    if (!isHeld(args[0])) return createReadStream(...args);
    const stream = new PassThrough();
    streams.push(stream);
    changed.emit('change');
    return stream;
  });
  const { stat } = fs.promises;
  mock.method(fs.promises, 'stat', async (path: string) => {
    const state = await stat(path);
    if (isHeld(path)) asked++;
    changed.emit('change');
    return state;
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
  await writeRandomWeights(folder.path, [matrix(1000)], { dtype: 'F32', seed: 1 });
  return folder;
}
