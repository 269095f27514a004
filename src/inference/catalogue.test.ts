import assert from 'node:assert/strict';
import fs, { readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, it, mock } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { initModel } from '../cli/models/init.ts';
import { TributaryError } from '../errors.ts';
import { Catalogue } from './catalogue.ts';

describe('the models folder', () => {
  afterEach(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
  });

  it('gives the same model as long as its files are the same, and another one afterwards', async () => {
    await using models = await folderWithModel();
    const catalogue = new Catalogue(models.path);
    const model = await catalogue.get('tiny');
    assert.equal(await catalogue.get('tiny'), model);

    const config = join(models.path, 'tiny', 'config.json');
    const changed = { ...JSON.parse(await readFile(config, 'utf8')), activation_function: 'relu' };
    await writeFile(config, JSON.stringify(changed));
    const another = await catalogue.get('tiny');
    assert.notEqual(another, model);
    assert.equal(another.checkpoint.config.activation_function, 'relu');

    // Of the same size: the time alone tells.
    await writeFile(config, JSON.stringify({ ...changed, activation_function: 'gelu' }));
    await utimes(config, 1, 1);
    assert.equal((await catalogue.get('tiny')).checkpoint.config.activation_function, 'gelu');
  });

  it('says what is wrong with a model until its files are mended, reading them once', async () => {
    await using models = await folderWithModel();
    const catalogue = new Catalogue(models.path);
    const config = join(models.path, 'tiny', 'config.json');
    const sound = await readFile(config);
    await writeFile(config, '{"model_type": "bert"}');
    const reading = mock.method(fs, 'readFile');
    syncBuiltinESMExports();
    await assert.rejects(catalogue.get('tiny'), { code: 'CHECKPOINT', message: /"bert" is not supported/ });
    const read = reading.mock.callCount();
    await assert.rejects(catalogue.get('tiny'), { code: 'CHECKPOINT', message: /"bert" is not supported/ });
    assert.equal(reading.mock.callCount(), read);
    assert.deepEqual(
      (await catalogue.list()).broken.map(({ name }) => name),
      ['tiny'],
    );
    await writeFile(config, sound);
    assert.equal((await catalogue.get('tiny')).name, 'tiny');
  });

  it('finds a model whose weights were away for a moment', async () => {
    await using models = await folderWithModel();
    await using elsewhere = await temporaryFolder();
    const weights = join(models.path, 'tiny', 'model.safetensors');
    const catalogue = new Catalogue(models.path);
    await rename(weights, join(elsewhere.path, 'weights'));
    await assert.rejects(catalogue.get('tiny'), { code: 'CHECKPOINT' });
    await rename(join(elsewhere.path, 'weights'), weights);
    assert.equal((await catalogue.get('tiny')).checkpoint.tensors.size > 0, true);
    await rm(join(models.path, 'tiny'), { recursive: true });
    await assert.rejects(catalogue.get('tiny'), { code: 'UNKNOWN_MODEL' });
  });

  it('does not remember a fault of the system, whichever call meets it', async () => {
    await using models = await folderWithModel();
    await writeFile(join(models.path, 'tiny', 'tokenizer_config.json'), '{"add_bos_token": false}');
    const revisionBy = async (catalogue: Catalogue) => (await catalogue.get('tiny')).checkpoint.revision();
    const right = await revisionBy(new Catalogue(models.path));
    const met: string[] = [];
    for (let call = 0; ; call++) {
      const catalogue = new Catalogue(models.path);
      const faults = failingAt(call);
      const first = await revisionBy(catalogue).catch((error) => error);
      mock.restoreAll();
      syncBuiltinESMExports();
      if (faults.length === 0) break;
      met.push(...faults);
      if (first !== right) {
        assert.ok(first instanceof TributaryError, `${faults}: ${first}`);
        assert.doesNotMatch(first.message, /missing/);
      }
      assert.equal(await revisionBy(catalogue), right, `${faults}: ${first}`);
    }
    for (const name of fallible) assert.ok(met.includes(name), `no ${name} was met`);
  });

  it('tells no client that a model is unknown because too many files are open', async () => {
    await using models = await folderWithModel();
    failingAt(0);
    const told = { code: 'OVER_CAPACITY', message: /^The server has too many files open; ask again/ };
    await assert.rejects(new Catalogue(models.path).get('tiny'), told);
  });

  it('lists no model as broken because too many files are open, whichever call meets it', async () => {
    await using models = await folderWithModel();
    const catalogue = new Catalogue(models.path);
    let refused = 0;
    for (let call = 0; ; call++) {
      const faults = failingAt(call);
      const listed = await new Catalogue(models.path).list().catch((error) => error);
      mock.restoreAll();
      syncBuiltinESMExports();
      if (faults.length === 0) break;
      if (listed instanceof Error) {
        refused++;
        assert.ok(listed instanceof TributaryError && listed.code === 'OVER_CAPACITY', `${faults}: ${listed}`);
      } else assert.deepEqual(listed.broken, [], String(faults));
      assert.deepEqual((await catalogue.list()).broken, []);
    }
    assert.ok(refused > 0);
  });
});

const fallible = ['open', 'read', 'readFile', 'readdir', 'realpath', 'stat'] as const;

/** Lets one call to the file system fail, counted from 0, and says which it was. */
function failingAt(call: number): string[] {
  let calls = 0;
  const failed: string[] = [];
  const failing = <Method extends (...args: never[]) => Promise<unknown>>(name: string, method: Method) =>
    function (this: unknown, ...args: Parameters<Method>) {
      if (calls++ !== call) return method.apply(this, args);
      failed.push(name);
      const error = Object.assign(new Error(`EMFILE: too many open files, ${name}`), { code: 'EMFILE', errno: -24 });
      return Promise.reject(error);
    };
  const { open } = fs;
  for (const name of fallible) if (name !== 'read' && name !== 'open') mock.method(fs, name, failing(name, fs[name]));
  mock.method(
    fs,
    'open',
    failing('open', async (...args: Parameters<typeof open>) => {
      const handle = await open(...args);
      handle.read = failing('read', handle.read) as typeof handle.read;
      return handle;
    }),
  );
  syncBuiltinESMExports();
  return failed;
}

async function folderWithModel() {
  const models = await temporaryFolder();
  await initModel(models.path, 'gpt2', 'tiny', { seed: 1, dtype: 'F32', width: 16, layers: 1, heads: 2 });
  return models;
}
