import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { writeWhole } from './whole-file.ts';

describe('A file that a command writes', () => {
  it('is there once it is whole', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a.csv');
    // As one that was killed has left it.
    await writeFile(`${path}.part`, 'a longer half');
    await writeWhole(path, {}, async (part) => {
      assert.deepEqual(await readdir(folder.path), []);
      await writeFile(part, 'whole');
    });
    assert.equal(await readFile(path, 'utf8'), 'whole');
    assert.deepEqual(await readdir(folder.path), ['a.csv']);
  });

  it('leaves nothing where its writing fails, and what was there as it was', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a.csv');
    await writeFile(path, 'before');
    const stopped = new Error('stopped');
    const failing = async (part: string) => {
      await writeFile(part, 'half');
      throw stopped;
    };
    await assert.rejects(writeWhole(path, {}, failing), { code: 'RUN_STATE', message: /is there already/ });
    await assert.rejects(writeWhole(path, { force: true }, failing), stopped);
    assert.equal(await readFile(path, 'utf8'), 'before');
    assert.deepEqual(await readdir(folder.path), ['a.csv']);
    await writeWhole(path, { force: true }, (part) => writeFile(part, 'after'));
    assert.equal(await readFile(path, 'utf8'), 'after');
  });
});
