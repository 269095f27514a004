import assert from 'node:assert/strict';
import { cp, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { writeRandomWeights } from './random.ts';
import { checkpointRevision } from './revision.ts';

describe('the revision of a checkpoint', () => {
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

  it('is there for others who wait for it when one of them leaves', async () => {
    await using folder = await checkpoint(1 << 22);
    const leaving = new AbortController();
    const first = checkpointRevision(folder.path, { signal: leaving.signal });
    const second = checkpointRevision(folder.path);
    setImmediate(() => leaving.abort());
    await assert.rejects(first, { name: 'AbortError' });
    assert.match(await second, /^[0-9a-f]{64}$/);
  });

  it('is not waited for by one who leaves while another one reads', async () => {
    await using folder = await checkpoint(1 << 22);
    const leaving = new AbortController();
    const first = checkpointRevision(folder.path);
    const second = checkpointRevision(folder.path, { signal: leaving.signal });
    setImmediate(() => leaving.abort());
    await assert.rejects(second, { name: 'AbortError' });
    await first;
  });
});

function matrix(size: number) {
  return { name: 'a', shape: [size], distribution: { kind: 'NORMAL', deviation: 1 } } as const;
}

async function checkpoint(size = 1000) {
  const folder = await temporaryFolder();
  for (const name of ['config.json', 'tokenizer.json'])
    await writeFile(join(folder.path, name), JSON.stringify({ name }));
  await writeRandomWeights(folder.path, [matrix(size)], { dtype: 'F32', seed: 1 });
  return folder;
}
