import assert from 'node:assert/strict';
import { rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { fingerprintOf, verifyUnchanged } from './fingerprint.ts';

/** When all files were written, in seconds. */
const moment = 1e9;

describe('the fingerprint of a checkpoint', () => {
  it('is the same as long as nothing is done to its files, wherever its folder is moved', async () => {
    await using folder = await checkpoint();
    const fingerprint = await fingerprintOf(folder.path);
    await writeFile(join(folder.path, 'README.md'), 'Hello');
    await verifyUnchanged({ folder: folder.path, fingerprint });
    const moved = `${folder.path}-moved`;
    await rename(folder.path, moved);
    await verifyUnchanged({ folder: moved, fingerprint });
    await rename(moved, folder.path);
  });

  for (const [what, change] of [
    ['is written', (file: string) => writeFile(file, 'longer weights')],
    ['has another time', (file: string) => utimes(file, moment + 1, moment + 1)],
    ['gives way to one of the same size and time', replaceAlike],
    ['is taken away', (file: string) => rm(file)],
    ['becomes a link that leads nowhere', (file: string) => rm(file).then(() => symlink('/nowhere/at/all', file))],
  ] as const) {
    it(`is another one when a file ${what}`, async () => {
      await using folder = await checkpoint();
      const fingerprint = await fingerprintOf(folder.path);
      await change(join(folder.path, 'model.safetensors'));
      await assert.rejects(verifyUnchanged({ folder: folder.path, fingerprint }), {
        code: 'CHECKPOINT',
        message: `${basename(folder.path)} has changed since the question was asked; ask again for an answer from the files as they are now`,
      });
    });
  }

  it('is another one when what a link leads to changes', async () => {
    await using folder = await checkpoint();
    await using elsewhere = await checkpoint();
    const file = join(elsewhere.path, 'model.safetensors');
    await symlink(file, join(folder.path, 'more.safetensors'));
    const fingerprint = await fingerprintOf(folder.path);
    await writeFile(file, 'others');
    assert.notEqual(await fingerprintOf(folder.path), fingerprint);
  });
});

async function checkpoint() {
  const folder = await temporaryFolder();
  for (const name of ['config.json', 'model.safetensors']) {
    await writeFile(join(folder.path, name), 'weights');
    await utimes(join(folder.path, name), moment, moment);
  }
  return folder;
}

/** As `cp --preserve` does. */
async function replaceAlike(file: string): Promise<void> {
  await writeFile(`${file}-new`, 'WEIGHTS');
  await utimes(`${file}-new`, moment, moment);
  await rename(`${file}-new`, file);
}
