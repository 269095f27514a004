import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { breakHalfWay, HubServer } from '../../../test/hub-server.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { hubFrom } from '../../checkpoint/hub.ts';
import { Catalogue } from '../../inference/catalogue.ts';
import { addFromFolder, addFromHub } from './add.ts';
import { checkModel } from './check.ts';
import { initModel } from './init.ts';
import { listModels } from './list.ts';
import { findRemoval, removeModel } from './remove.ts';

const weights = 'model.safetensors';
const repository = 'org/tiny';

/** A folder with one sound model in it. */
async function sourceFolder() {
  const source = await temporaryFolder();
  await initModel(source.path, 'gpt2', 'tiny', { seed: 1, dtype: 'F32', width: 16, layers: 1, heads: 2 });
  return { ...source, model: join(source.path, 'tiny') };
}

describe('a model from the hub', () => {
  let files: Record<string, Buffer>;
  before(async () => {
    await using source = await sourceFolder();
    files = {};
    for (const name of await readdir(source.model)) files[name] = await readFile(join(source.model, name));
  });

  it('can be run, though the connection broke half-way', async () => {
    let broken = false;
    await using hub = await HubServer.start({
      repository,
      files,
      fault(path, request, response) {
        if (path !== weights || broken) return false;
        broken = true;
        return breakHalfWay(response, files[weights] as Buffer, request.headers.range);
      },
    });
    await using models = await temporaryFolder();
    await addFromHub(models.path, repository, { hub: hubFrom({ HF_ENDPOINT: hub.endpoint }), patience: 1 });
    assert.equal(hub.requestsFor(weights).length, 2);
    assert.ok((await checkModel(models.path, repository, 1)).passed);
  });

  it('is listed as fetched in part when its download broke off, and can be removed', async () => {
    const ending = new AbortController();
    await using hub = await HubServer.start({
      repository,
      files,
      fault(path) {
        if (path === weights) ending.abort();
        return path === weights;
      },
    });
    await using models = await temporaryFolder();
    const options = { hub: hubFrom({ HF_ENDPOINT: hub.endpoint }), signal: ending.signal };
    await assert.rejects(addFromHub(models.path, repository, options), { name: 'AbortError' });
    assert.match(
      await listModels(models.path),
      new RegExp(`^\\.download-org--tiny@${hub.head} is a download that broke off; \`add --revision ${hub.head}\``),
    );
    await removeModel(models.path, await findRemoval(models.path, repository));
    assert.deepEqual(await readdir(models.path), []);
  });

  it('is refused before its weights are fetched where it could not be run', async () => {
    const refused = async (change: object, message: RegExp) => {
      const config = { ...JSON.parse((files['config.json'] as Buffer).toString()), ...change };
      const changed = { ...files, 'config.json': Buffer.from(JSON.stringify(config)) };
      await using hub = await HubServer.start({ repository, files: changed });
      await using models = await temporaryFolder();
      await assert.rejects(addFromHub(models.path, repository, { hub: hubFrom({ HF_ENDPOINT: hub.endpoint }) }), {
        code: 'CHECKPOINT',
        message,
      });
      assert.equal(hub.requestsFor(weights).length, 0);
      assert.deepEqual(await new Catalogue(models.path).names(), []);
    };
    await refused({ model_type: 'bert' }, /org\/tiny: the model_type "bert" is not supported; supported are/);
    await refused({ activation_function: 'mish' }, /the activation mish is not supported/);
  });
});

describe("a folder's model", () => {
  it('is linked, or copied with the files that are needed', async () => {
    await using source = await sourceFolder();
    await using models = await temporaryFolder();
    await writeFile(join(source.model, 'optimizer.pt'), 'large');
    await writeFile(join(source.model, 'generation_config.json'), '{"eos_token_id": 1}');
    await addFromFolder(models.path, source.model, { how: 'LINK' });
    await addFromFolder(models.path, source.model, { how: 'COPY', name: 'org/copy' });
    assert.ok((await lstat(join(models.path, 'tiny'))).isSymbolicLink());
    assert.equal(await realpath(join(models.path, 'tiny')), source.model);
    const needed = ['config.json', 'generation_config.json', weights, 'tokenizer.json'];
    assert.deepEqual((await readdir(join(models.path, 'org/copy'))).sort(), needed);
    for (const name of ['tiny', 'org/copy']) assert.ok((await checkModel(models.path, name, 1)).passed, name);
  });

  it("is copied file by file out of the hub's cache, which holds links", async () => {
    await using source = await sourceFolder();
    await using models = await temporaryFolder();
    const snapshot = join(source.path, 'snapshot');
    await mkdir(snapshot);
    for (const file of await readdir(source.model)) await symlink(join('..', 'tiny', file), join(snapshot, file));
    await addFromFolder(models.path, snapshot, { how: 'COPY' });
    assert.ok((await lstat(join(models.path, 'snapshot', weights))).isFile());
    assert.ok((await lstat(join(models.path, 'snapshot', 'config.json'))).isFile());
  });

  it('is refused when it is no sound model, or its name is taken or none', async () => {
    await using source = await sourceFolder();
    await using models = await temporaryFolder();
    const refused = (folder: string, message: RegExp, name?: string) =>
      assert.rejects(addFromFolder(models.path, folder, { how: 'LINK', name }), { code: 'CHECKPOINT', message });
    await refused(source.path, /config\.json is missing/);
    await refused(join(source.path, 'none'), /cannot be opened/);
    await refused(source.model, /is no model's name/, '../x');
    await writeFile(join(source.model, 'config.json'), '{"model_type": "gpt2"}');
    await refused(source.model, /n_embd is missing/);
    assert.deepEqual(await readdir(models.path), []);
    await mkdir(join(models.path, 'tiny'));
    await refused(source.model, /is there already/);
  });
});
