import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
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

  it('is left out of a small file, and where nothing can be written', async () => {
    await using folder = await temporaryFolder();
    await noteDigest(folder.path, 'x', '1000 1 2', a);
    await noteDigest(join(folder.path, 'missing'), 'x', before, a);
    assert.deepEqual(await readdir(folder.path), []);
  });
});
