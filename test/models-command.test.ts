import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCheckpoint } from '../src/checkpoint/checkpoint.ts';
import { HubServer } from './hub-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const script = fileURLToPath(new URL('../src/cli/models.ts', import.meta.url));

/** Runs the command line in a process of its own. */
async function models(folder: string, args: string[], { input = '', env = {} }: { input?: string; env?: object } = {}) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, MODELS_DIR: folder, ...env },
  });
  child.stdin.end(input);
  const [out, error, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once('close', resolve)),
  ]);
  return { out, error, status };
}

describe('the command line for models', () => {
  it('tells a newcomer what there is', async () => {
    await using folder = await temporaryFolder();
    const help = await models(folder.path, ['--help']);
    for (const command of ['list', 'add', 'init', 'check', 'remove'])
      assert.match(help.out, new RegExp(`^  ${command}`, 'm'));
    assert.match((await models(folder.path, ['list'])).out, /holds no models; bring one: npm run models -- add/);
    assert.match((await models(folder.path, ['add', '--help'])).out, /HF_TOKEN/);
  });

  it('makes, lists, checks and removes a model', async () => {
    await using folder = await temporaryFolder();
    const made = await models(folder.path, ['init', 'llama', 'tiny', '--width', '32', '--layers', '2', '--heads', '2']);
    assert.deepEqual([made.status, made.error], [0, '']);
    assert.match((await models(folder.path, ['list'])).out, /^tiny +LLAMA +49.4 thousand +2 +F32/m);
    const checked = await models(folder.path, ['check', 'tiny']);
    assert.equal(checked.status, 0, checked.error);
    assert.match(checked.out, /tokens \+ bias = logit +\S+ ok/);
    assert.match(checked.out, /behind the others = all at once +\S+ ok/);
    assert.match(checked.out, /tiny is sound/);
    const kept = await models(folder.path, ['remove', 'tiny'], { input: 'n\n' });
    assert.match(kept.out, /Nothing was removed/);
    assert.match((await models(folder.path, ['remove', 'tiny'])).out, /Nothing was removed/);
    assert.deepEqual(await readdir(folder.path), ['tiny']);
    assert.equal((await models(folder.path, ['remove', 'tiny'], { input: 'y\n' })).status, 0);
    assert.deepEqual(await readdir(folder.path), []);
  });

  it('names the keys of a configuration that are not read, and those alone', async () => {
    await using folder = await temporaryFolder();
    const base = join(folder.path, 'base.json');
    await writeFile(base, JSON.stringify({ residual_multiplier: 0.5, attention_dropout: 0.1, mystery: null }));
    const size = ['--width', '32', '--layers', '1', '--heads', '2'];
    await models(folder.path, ['init', 'llama', 'scaled', ...size, '--config', base]);
    await models(folder.path, ['init', 'llama', 'plain', ...size]);
    const note = /config\.json says residual_multiplier, not read here/;
    assert.match((await models(folder.path, ['check', 'scaled'])).out, note);
    assert.doesNotMatch((await models(folder.path, ['check', 'plain'])).out, /not read here/);
    const list = (await models(folder.path, ['list'])).out;
    assert.match(list, new RegExp(`^scaled: ${note.source}`, 'm'));
    assert.doesNotMatch(list, /plain: /);
  });

  it('ends with status 1 where weights are no numbers, and names the tensor', async () => {
    await using folder = await temporaryFolder();
    await models(folder.path, ['init', 'gpt2', 'tiny', '--width', '32', '--layers', '1', '--heads', '2']);
    const { tensors } = await openCheckpoint(join(folder.path, 'tiny'));
    const entry = tensors.get('transformer.wte.weight');
    assert.ok(entry);
    {
      await using file = await open(entry.file, 'r+');
      await file.write(
        new Uint8Array(Float32Array.from({ length: 32 * 257 }, () => Number.NaN).buffer),
        0,
        undefined,
        entry.offset,
      );
    }
    const { status, error } = await models(folder.path, ['check', 'tiny']);
    assert.equal(status, 1);
    assert.match(error, /holds NaN in tensor "transformer.wte.weight"/);
  });

  it('says in one line what is wrong, and never shows the token', async () => {
    await using folder = await temporaryFolder();
    await using hub = await HubServer.start({ repository: 'org/tiny', files: {}, token: 'right' });
    const env = { HF_ENDPOINT: hub.endpoint, HF_TOKEN: 'hf_secret' };
    const refused = await models(folder.path, ['add', 'org/tiny'], { env });
    assert.equal(refused.status, 1);
    assert.match(refused.error, /^org\/tiny at revision main .*the token in HF_TOKEN does not give access/);
    assert.doesNotMatch(refused.error + refused.out, /hf_secret/);
    assert.equal(refused.error.trim().split('\n').length, 1);
    const unknown = await models(folder.path, ['check', 'none']);
    assert.deepEqual([unknown.status, unknown.error.trim().split('\n').length], [1, 1]);
    const settings = await models(folder.path, ['list'], { env: { THREADS: 'many' } });
    assert.equal(settings.status, 1);
    assert.match(settings.error, /THREADS=many/);
  });
});
