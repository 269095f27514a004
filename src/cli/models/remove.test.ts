import assert from 'node:assert/strict';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { initModel } from './init.ts';
import { findRemoval, removeModel } from './remove.ts';

const plain = { seed: 1, dtype: 'F32', width: 16, layers: 1, heads: 2 } as const;

describe('removing a model', () => {
  it('takes its folder, and that of its organisation when it was the last one', async () => {
    await using models = await temporaryFolder();
    for (const name of ['org/a', 'org/b', 'c']) await initModel(models.path, 'gpt2', name, plain);
    const remove = async (name: string) => removeModel(models.path, await findRemoval(models.path, name));
    await remove('org/a');
    assert.deepEqual(await readdir(join(models.path, 'org')), ['b']);
    await remove('org/b');
    assert.deepEqual(await readdir(models.path), ['c']);
    await remove('c');
    assert.deepEqual(await readdir(models.path), []);
  });

  it('takes the link of a linked one, and nothing else', async () => {
    await using models = await temporaryFolder();
    await using other = await temporaryFolder();
    await initModel(other.path, 'gpt2', 'tiny', plain);
    await symlink(join(other.path, 'tiny'), join(models.path, 'linked'));
    const removal = await findRemoval(models.path, 'linked');
    assert.equal(removal.link, true);
    await removeModel(models.path, removal);
    assert.deepEqual(await readdir(models.path), []);
    assert.equal((await readdir(join(other.path, 'tiny'))).length, 3);
  });

  it('never leaves the models folder', async () => {
    await using outside = await temporaryFolder();
    await initModel(outside.path, 'gpt2', 'tiny', plain);
    const models = join(outside.path, 'models');
    await mkdir(models);
    for (const name of ['../tiny', '..', '.', '', join(outside.path, 'tiny')])
      await assert.rejects(findRemoval(models, name), { code: 'UNKNOWN_MODEL' });
    await symlink(outside.path, join(models, 'org'));
    await assert.rejects(findRemoval(models, 'org/tiny'), { code: 'UNKNOWN_MODEL' });
    await assert.rejects(findRemoval(models, 'org/tiny', { followLinks: true }), {
      code: 'CHECKPOINT',
      message: /outside of the models folder/,
    });
  });
});
