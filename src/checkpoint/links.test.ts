import assert from 'node:assert/strict';
import { chmod, chown, cp, mkdir, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it, mock } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { addFromFolder } from '../cli/models/add.ts';
import { initModel } from '../cli/models/init.ts';
import { findRemoval, removeModel } from '../cli/models/remove.ts';
import { Catalogue } from '../inference/catalogue.ts';

const plain = { seed: 1, dtype: 'F32', width: 16, layers: 1, heads: 2 } as const;
const record = '.links.json';

/** A models folder with the model `own`, and a folder elsewhere with the model `tiny`. */
async function folders() {
  const all = new AsyncDisposableStack();
  const models = all.use(await temporaryFolder()).path;
  const elsewhere = all.use(await temporaryFolder()).path;
  await initModel(models, 'gpt2', 'own', plain);
  await initModel(elsewhere, 'gpt2', 'tiny', plain);
  return { models, elsewhere, tiny: join(elsewhere, 'tiny'), [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** As the hub's cache has it: a folder of links to files that lie beside it. */
async function snapshotOf(model: string, cache: string): Promise<string> {
  const [blobs, snapshot] = [join(cache, 'blobs'), join(cache, 'snapshots', '0123')];
  await mkdir(blobs, { recursive: true });
  await mkdir(snapshot, { recursive: true });
  for (const [index, name] of (await readdir(model)).entries()) {
    await cp(join(model, name), join(blobs, String(index)));
    await symlink(join('..', '..', 'blobs', String(index)), join(snapshot, name));
  }
  return snapshot;
}

const refused = (name: string) => ({
  code: 'CHECKPOINT',
  message: new RegExp(`^${RegExp.escape(name)} is a link that leads out of the models folder; .*FOLLOW_LINKS=true`),
});

describe('a link in the models folder', () => {
  afterEach(() => mock.restoreAll());

  it('is not followed out of it, be it a model or a file of one', async () => {
    await using all = await folders();
    const { models, tiny } = all;
    const catalogue = new Catalogue(models);
    await symlink(tiny, join(models, 'linked'));
    await assert.rejects(catalogue.get('linked'), refused('linked'));
    for (const file of ['config.json', 'tokenizer.json', 'model.safetensors']) {
      const path = join(models, 'own', file);
      await rename(path, `${path}.kept`);
      await symlink(join(tiny, file), path);
      await assert.rejects(catalogue.get('own'), refused(file));
      await rename(`${path}.kept`, path);
    }
    // It is not read now, but answers depend on it where there is one.
    await writeFile(join(tiny, 'tokenizer_config.json'), '{}');
    await symlink(join(tiny, 'tokenizer_config.json'), join(models, 'own', 'tokenizer_config.json'));
    await assert.rejects(catalogue.get('own'), refused('tokenizer_config.json'));
    assert.deepEqual(
      (await catalogue.list()).broken.map(({ name }) => name),
      ['linked', 'own'],
    );
  });

  it('does not show what folders there are where it leads', async () => {
    await using all = await folders();
    await symlink(all.elsewhere, join(all.models, 'org'));
    assert.deepEqual(await new Catalogue(all.models).names(), ['own']);
    assert.deepEqual(await new Catalogue(all.models, { followLinks: true }).names(), ['org/tiny', 'own']);
  });

  it('is followed within it, and anywhere where a setting says so', async () => {
    await using all = await folders();
    const { models, elsewhere, tiny } = all;
    const snapshot = await snapshotOf(tiny, join(models, '.cache'));
    await symlink(snapshot, join(models, 'within'));
    await symlink(await snapshotOf(tiny, join(elsewhere, 'cache')), join(models, 'out'));
    assert.equal((await new Catalogue(models).get('within')).checkpoint.folder, snapshot);
    await assert.rejects(new Catalogue(models).get('out'), refused('out'));
    assert.equal((await new Catalogue(models, { followLinks: true }).get('out')).name, 'out');
  });

  it("is followed where it was added, also to a snapshot of the hub's cache, and only as far as it led then", async () => {
    await using all = await folders();
    const { models, elsewhere, tiny } = all;
    const catalogue = new Catalogue(models);
    await addFromFolder(models, tiny, { how: 'LINK' });
    await addFromFolder(models, await snapshotOf(tiny, join(elsewhere, 'cache')), { how: 'LINK', name: 'org/cached' });
    assert.equal((await catalogue.get('tiny')).checkpoint.folder, tiny);
    assert.equal((await catalogue.get('org/cached')).name, 'org/cached');

    const other = join(elsewhere, 'other');
    await cp(tiny, other, { recursive: true });
    await rm(join(tiny, 'config.json'));
    await symlink(join(other, 'config.json'), join(tiny, 'config.json'));
    await assert.rejects(catalogue.get('tiny'), refused('config.json'));
    await rm(join(models, 'tiny'));
    await symlink(other, join(models, 'tiny'));
    await assert.rejects(catalogue.get('tiny'), refused('tiny'));
  });

  it('is followed no more when it was removed, though one of its name is made by hand', async () => {
    await using all = await folders();
    const { models, tiny } = all;
    await addFromFolder(models, tiny, { how: 'LINK' });
    await addFromFolder(models, tiny, { how: 'LINK', name: 'again' });
    await removeModel(models, await findRemoval(models, 'tiny'));
    await symlink(tiny, join(models, 'tiny'));
    await assert.rejects(new Catalogue(models).get('tiny'), refused('tiny'));
    await removeModel(models, await findRemoval(models, 'again'));
    assert.deepEqual((await readdir(models)).sort(), ['own', 'tiny']);
  });

  it('is not followed by the word of a record that is itself a link, or that another user could have written', async () => {
    await using all = await folders();
    const { models, elsewhere, tiny } = all;
    await addFromFolder(models, tiny, { how: 'LINK' });
    const file = join(models, record);
    const { uid } = userInfo();
    if (uid === 0) await chown(file, 4711, 4711);
    else mock.method(process as { getuid(): number }, 'getuid', () => uid + 1);
    await assert.rejects(new Catalogue(models).get('tiny'), refused('tiny'));
    mock.restoreAll();
    if (uid === 0) await chown(file, 0, 0);
    for (const mode of [0o664, 0o646]) {
      await chmod(file, mode);
      await assert.rejects(new Catalogue(models).get('tiny'), refused('tiny'));
    }
    await chmod(file, 0o644);
    assert.equal((await new Catalogue(models).get('tiny')).checkpoint.folder, await realpath(tiny));
    await rename(file, join(elsewhere, record));
    await symlink(join(elsewhere, record), file);
    await assert.rejects(new Catalogue(models).get('tiny'), refused('tiny'));
  });

  it('is followed where it was added, however open files are that are written there', async () => {
    await using all = await folders();
    const { models, tiny } = all;
    const mask = process.umask(0);
    try {
      await addFromFolder(models, tiny, { how: 'LINK' });
    } finally {
      process.umask(mask);
    }
    assert.equal((await new Catalogue(models).get('tiny')).checkpoint.folder, await realpath(tiny));
  });

  it('is refused by whatever name', async () => {
    await using all = await folders();
    const { models, tiny } = all;
    await symlink(tiny, join(models, 'constructor'));
    await assert.rejects(new Catalogue(models).get('constructor'), refused('constructor'));
  });

  it('is told of in words where the record is none', async () => {
    await using all = await folders();
    const { models, tiny } = all;
    await addFromFolder(models, tiny, { how: 'LINK' });
    for (const text of ['root:x:0:0', '[]', '{"tiny": "anywhere"}']) {
      await writeFile(join(models, record), text);
      const message = '.links.json is none that was written here; remove it, and add the linked models anew';
      await assert.rejects(new Catalogue(models).get('tiny'), { code: 'CHECKPOINT', message });
    }
    assert.equal(await readFile(join(models, record), 'utf8'), '{"tiny": "anywhere"}');
  });
});
