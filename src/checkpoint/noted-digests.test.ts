import assert from 'node:assert/strict';
import { chmod, lstat, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { isModelFile } from './fingerprint.ts';
import { noteDigest, notedDigest } from './noted-digests.ts';

const [a, b] = ['a', 'b'].map((digit) => digit.repeat(64)) as [string, string];
const [before, after] = ['200000000 1 2', '200000000 1 3'] as const;

describe('a noted digest', () => {
  it('is of a file in the state that it had', async () => {
    await using folder = await temporaryFolder();
    assert.equal(await notedDigest(folder.path, 'x', before), undefined);
    await noteDigest(folder.path, 'x', before, a);
    await noteDigest(folder.path, 'y', before, b);
    assert.equal(await notedDigest(folder.path, 'x', before), a);
    assert.equal(await notedDigest(folder.path, 'y', before), b);
    assert.equal(await notedDigest(folder.path, 'x', after), undefined);
    await noteDigest(folder.path, 'x', after, b);
    assert.equal(await notedDigest(folder.path, 'x', after), b);
    assert.deepEqual((await readdir(folder.path)).filter(isModelFile), []);
  });

  it('is not believed where it is damaged', async () => {
    await using folder = await temporaryFolder();
    for (const text of ['{', '[]', `{"x": {"state": "${before}", "sha256": "short"}}`]) {
      await writeFile(join(folder.path, '.digests'), text);
      assert.equal(await notedDigest(folder.path, 'x', before), undefined);
    }
    await noteDigest(folder.path, 'x', before, a);
    assert.equal(await notedDigest(folder.path, 'x', before), a);
  });

  it('is not believed where it came with the model, and writes into nothing that did', async () => {
    await using folder = await temporaryFolder();
    const [elsewhere, notes] = [join(folder.path, 'elsewhere'), join(folder.path, '.digests')];
    await noteDigest(folder.path, 'x', before, a);
    await chmod(notes, 0o666);
    assert.equal(await notedDigest(folder.path, 'x', before), undefined);
    await using linked = await temporaryFolder();
    const text = JSON.stringify({ x: { state: before, sha256: a } });
    await writeFile(elsewhere, text);
    for (const name of ['.digests', `.digests.${process.pid}`]) await symlink(elsewhere, join(linked.path, name));
    assert.equal(await notedDigest(linked.path, 'x', before), undefined);
    for (let times = 0; times < 2; times++) await noteDigest(linked.path, 'x', before, b);
    assert.equal(await notedDigest(linked.path, 'x', before), b);
    assert.ok((await lstat(join(linked.path, '.digests'))).isFile());
    assert.equal(await readFile(elsewhere, 'utf8'), text);
  });

  it('is left out of a small file, and where nothing can be written', async () => {
    await using folder = await temporaryFolder();
    await noteDigest(folder.path, 'x', '1000 1 2', a);
    await noteDigest(join(folder.path, 'missing'), 'x', before, a);
    assert.deepEqual(await readdir(folder.path), []);
  });
});
