import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { breakHalfWay, end, HubServer, type HubServerOptions, sendContent } from '../../test/hub-server.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type DownloadOptions, downloadModel } from './download.ts';
import { hubFrom } from './hub.ts';
import type { ByteProgress } from './progress.ts';
import { writeRandomWeights } from './random.ts';

const repository = 'org/tiny';
const weights = 'model.safetensors';
const index = 'model.safetensors.index.json';

describe('a download from the hub', () => {
  let texts: Record<string, Buffer>;
  /** 2 MiB */
  let tensors: Buffer;
  before(async () => {
    await using folder = await temporaryFolder();
    const distribution = { kind: 'NORMAL', deviation: 1 } as const;
    await writeRandomWeights(folder.path, [{ name: 'a', shape: [1 << 19], distribution }], { dtype: 'F32', seed: 1 });
    tensors = await readFile(join(folder.path, weights));
    const tokenizer = { model: { type: 'BPE', vocab: { a: 0 }, merges: [] } };
    texts = {
      'README.md': Buffer.from('# Tiny'),
      'config.json': Buffer.from('{"model_type": "gpt2"}'),
      'tokenizer.json': Buffer.from(JSON.stringify(tokenizer)),
    };
  });

  /** A hub with a model, an empty models folder, and the download from one into the other. */
  const setUp = async (options: Partial<HubServerOptions> = {}) => {
    const hub = await HubServer.start({ repository, files: { ...texts, [weights]: tensors }, ...options });
    const folder = await temporaryFolder();
    return {
      hub,
      models: folder.path,
      download: (more: Partial<DownloadOptions> = {}, name = repository) =>
        downloadModel(name, folder.path, { hub: hubFrom({ HF_ENDPOINT: `${hub.endpoint}/` }), patience: 1, ...more }),
      async [Symbol.asyncDispose]() {
        await hub[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  };

  it('brings what is needed of a model into the models folder', async () => {
    await using it = await setUp();
    const folder = await it.download();
    assert.equal(folder, join(it.models, 'org', 'tiny'));
    assert.deepEqual((await readdir(folder)).sort(), ['.hub.json', 'config.json', weights, 'tokenizer.json']);
    assert.deepEqual(await readFile(join(folder, weights)), tensors);
    assert.equal((await openCheckpoint(folder)).tensors.size, 1);
    assert.deepEqual(await readdir(it.models), ['org']);
  });

  it('says how far it is', async () => {
    await using it = await setUp();
    const seen: ByteProgress[] = [];
    const began = performance.now();
    await it.download({ onProgress: (progress) => seen.push(progress) });
    const seconds = (performance.now() - began) / 1000;
    const total = tensors.length + (texts['config.json']?.length ?? 0) + (texts['tokenizer.json']?.length ?? 0);
    const last = seen.at(-1);
    assert.deepEqual([last?.bytes, last?.total], [total, total]);
    assert.ok((last?.bytesPerSecond ?? 0) >= total / seconds, 'the files alone take no longer than the whole');
    assert.deepEqual(
      seen.map(({ bytes }) => bytes),
      seen.map(({ bytes }) => bytes).sort((a, b) => a - b),
    );
  });

  it('waits for nothing where no connection breaks', { timeout: 20_000 }, async () => {
    await using it = await setUp();
    await it.download({ patience: 3_600_000 });
  });

  it('goes on where the connection broke', async () => {
    let broken = 0;
    await using it = await setUp({
      fault: (path, request, response) =>
        path === weights && broken++ < 2 && breakHalfWay(response, tensors, request.headers.range),
    });
    const folder = await it.download();
    assert.deepEqual(await readFile(join(folder, weights)), tensors);
    const from = it.hub.requestsFor(weights).map(({ range }) => Number(range?.slice('bytes='.length, -1) ?? 0));
    assert.equal(from.length, 3);
    assert.ok(
      from.every((begin, i) => begin > (from[i - 1] ?? -1)),
      `${from}`,
    );
  });

  it('goes on where it was ended, and is no model until it is whole', async () => {
    const ending = new AbortController();
    let asked = 0;
    await using it = await setUp({
      fault(path, _request, response) {
        if (path !== weights || ++asked > 2) return false;
        if (asked === 1) return breakHalfWay(response, tensors, undefined);
        ending.abort();
        return true;
      },
    });
    await assert.rejects(it.download({ signal: ending.signal }), { name: 'AbortError' });
    assert.deepEqual(await readdir(it.models), [`.download-org--tiny@${it.hub.head}`]);
    it.hub.requests.length = 0;
    await it.download();
    assert.equal(it.hub.requestsFor('tokenizer.json').length, 0);
    assert.match(it.hub.requestsFor(weights)[0]?.range ?? '', /^bytes=[1-9]\d*-$/);
    assert.deepEqual(await readdir(it.models), ['org']);
  });

  it('is of one commit, though the branch moves meanwhile', async () => {
    const next = { ...texts, [weights]: Buffer.from(tensors).fill(0, 4096) };
    await using it = await setUp({
      fault(path) {
        if (path === 'tokenizer.json') it.hub.commit(next);
        return false;
      },
    });
    const folder = await it.download();
    for (const [name, content] of Object.entries({ ...texts, [weights]: tensors }))
      if (name !== 'README.md') assert.deepEqual(await readFile(join(folder, name)), content, name);
  });

  it('does not go on with the files of another commit, though their sizes are the same', async () => {
    const ending = new AbortController();
    const config = Buffer.from('{"model_type": "opt" }');
    const next = { ...texts, 'config.json': config, [weights]: Buffer.from(tensors).fill(0, 4096) };
    let asked = 0;
    await using it = await setUp({
      fault(path, _request, response) {
        if (path !== weights || ++asked > 2) return false;
        if (asked === 1) return breakHalfWay(response, tensors, undefined);
        ending.abort();
        return true;
      },
    });
    assert.equal(config.length, texts['config.json']?.length);
    await assert.rejects(it.download({ signal: ending.signal }), { name: 'AbortError' });
    it.hub.commit(next);
    const folder = await it.download();
    assert.deepEqual(await readFile(join(folder, 'config.json')), config);
    assert.deepEqual(await readFile(join(folder, weights)), next[weights]);
  });

  it('notes which commit it is of', async () => {
    await using it = await setUp();
    const folder = await it.download();
    assert.deepEqual(JSON.parse(await readFile(join(folder, '.hub.json'), 'utf8')), {
      endpoint: it.hub.endpoint,
      repository,
      revision: 'main',
      commit: it.hub.head,
    });
  });

  it('is refused where the hub names no commit', async () => {
    for (const sha of [undefined, 'main', '../../../tmp']) {
      await using it = await setUp({
        fault(path, request, response) {
          if (path !== 'main' || !request.url?.includes('/revision/')) return false;
          end(response, 200, { id: repository, sha });
          return true;
        },
      });
      await assert.rejects(it.download(), { code: 'CHECKPOINT', message: /names no commit for main/ });
      assert.deepEqual(await readdir(it.models), []);
    }
  });

  it('begins anew where the server gives whole files only', async () => {
    let broken = 0;
    await using it = await setUp({
      fault(path, _request, response) {
        if (path !== weights) return false;
        if (broken++ === 0) return breakHalfWay(response, tensors, undefined);
        sendContent(response, tensors, undefined);
        return true;
      },
    });
    assert.deepEqual(await readFile(join(await it.download(), weights)), tensors);
  });

  it('throws away a file that is not what the hub announced', async () => {
    for (const wrong of ['config.json', weights]) {
      await using it = await setUp({
        fault(path, _request, response) {
          if (path !== wrong) return false;
          const content = Buffer.from(wrong === weights ? tensors : (texts[wrong] as Buffer));
          content[content.length - 3] = 0x20;
          sendContent(response, content, undefined);
          return true;
        },
      });
      await assert.rejects(it.download(), {
        code: 'CHECKPOINT',
        message: new RegExp(`${wrong} is not what the hub announced`),
      });
      const [hidden = ''] = await readdir(it.models);
      assert.ok(!(await readdir(join(it.models, hidden))).some((name) => name.startsWith(wrong)));
    }
  });

  it('throws away a file that is longer than the hub announced', async () => {
    await using it = await setUp({
      fault(path, _request, response) {
        if (path !== weights) return false;
        sendContent(response, Buffer.concat([tensors, tensors]), undefined);
        return true;
      },
    });
    await assert.rejects(it.download(), { code: 'CHECKPOINT', message: /it has more than \d+ bytes/ });
  });

  it('waits for a hub that has too much to do, but not for ever', async () => {
    let refused = 0;
    await using it = await setUp({
      fault(path, _request, response) {
        if (path !== 'tokenizer.json' || refused++ > 2) return false;
        end(response, 503);
        return true;
      },
    });
    await it.download();
    await using never = await setUp({
      fault(path, _request, response) {
        if (path !== 'tokenizer.json') return false;
        end(response, 503);
        return true;
      },
    });
    await assert.rejects(never.download(), {
      code: 'CHECKPOINT',
      message: /tokenizer\.json could not be fetched: .* status 503/,
    });
    assert.equal(never.hub.requestsFor('tokenizer.json').length, 5);
  });

  it('gives the token to the hub, and to nobody else', async () => {
    await using it = await setUp({ token: 'secret' });
    await it.download({ hub: hubFrom({ HF_ENDPOINT: it.hub.endpoint, HF_TOKEN: 'secret' }) });
    assert.deepEqual(
      [...new Set(it.hub.requests.map(({ server, authorization }) => `${server} ${authorization}`))],
      ['hub Bearer secret', 'storage undefined'],
    );
  });

  it('gives the token to nobody to whom the hub leads by a link, as to the next page of a listing', async () => {
    await using it = await setUp({ token: 'secret', listsElsewhere: true });
    await it.download({ hub: hubFrom({ HF_ENDPOINT: it.hub.endpoint, HF_TOKEN: 'secret' }) });
    const listing = it.hub.requests.filter(({ path }) => path.includes('/tree/'));
    assert.deepEqual(
      listing.map(({ server, authorization }) => `${server} ${authorization}`),
      ['hub Bearer secret', 'storage undefined'],
    );
  });

  it('is refused without access, with what gives it', async () => {
    await using it = await setUp({ token: 'secret' });
    await assert.rejects(it.download(), {
      code: 'CHECKPOINT',
      message: /does not exist or is not public: set HF_TOKEN/,
    });
    const hub = hubFrom({ HF_ENDPOINT: it.hub.endpoint, HF_TOKEN: 'other' });
    await assert.rejects(it.download({ hub }), {
      code: 'CHECKPOINT',
      message: /the token in HF_TOKEN does not give access/,
    });
  });

  it('is refused for a model or revision that does not exist', async () => {
    await using it = await setUp();
    await assert.rejects(it.download({}, 'org/other'), {
      code: 'CHECKPOINT',
      message: /^org\/other at revision main .* does not exist/,
    });
    await assert.rejects(it.download({ revision: 'v2' }), {
      code: 'CHECKPOINT',
      message: /at revision v2 .* does not exist/,
    });
    assert.deepEqual(await readdir(it.models), []);
  });

  it('is refused for names that are no names, and for a model that is there', async () => {
    await using it = await setUp();
    for (const name of ['', '..', '../a', 'a/../b', 'a/b/c', '/etc', '.hidden', 'a/.b'])
      await assert.rejects(it.download({}, name), { code: 'CHECKPOINT', message: /is no model's name/ });
    await mkdir(join(it.models, 'org', 'tiny'), { recursive: true });
    await assert.rejects(it.download(), { code: 'CHECKPOINT', message: /is there already/ });
    assert.equal(it.hub.requests.length, 0);
  });

  it('is refused when the hub cannot be reached', async () => {
    await using it = await setUp();
    const hub = hubFrom({ HF_ENDPOINT: 'http://127.0.0.1:1' });
    await assert.rejects(it.download({ hub }), {
      code: 'CHECKPOINT',
      message: /http:\/\/127\.0\.0\.1:1 cannot be reached: /,
    });
  });

  it('is refused before any weights are fetched where the model cannot be used', async () => {
    const without = async (files: Record<string, Buffer>, message: RegExp, options?: Partial<DownloadOptions>) => {
      await using it = await setUp({ files });
      await assert.rejects(it.download(options), { message });
      assert.equal(it.hub.requestsFor(weights).length, 0);
    };
    const withoutFile = (name: string) =>
      Object.fromEntries(Object.entries({ ...texts, [weights]: tensors }).filter(([path]) => path !== name));
    await without(withoutFile('config.json'), /has no config\.json/);
    await without(withoutFile('tokenizer.json'), /has no tokenizer\.json; make one/);
    await without(
      { ...texts, 'pytorch_model.bin': tensors },
      /neither model\.safetensors nor .*index\.json, but pytorch_model\.bin/,
    );
    const quantised = Buffer.from('{"model_type": "llama", "quantization_config": {"quant_method": "awq"}}');
    await without({ ...texts, [weights]: tensors, 'config.json': quantised }, /quantised weights \(awq\)/);
    await without({ ...texts, [weights]: tensors }, /a gpt2 is not wanted/, {
      accept({ model_type }) {
        throw new Error(`a ${model_type} is not wanted`);
      },
    });
  });

  it('brings the shards that an index lists, and no other weights', async () => {
    const shard = 'model-00001-of-00001.safetensors';
    const mapping = Buffer.from(JSON.stringify({ weight_map: { a: shard } }));
    await using it = await setUp({
      files: { ...texts, [index]: mapping, [shard]: tensors, 'consolidated.safetensors': tensors },
    });
    const folder = await it.download();
    assert.deepEqual((await readdir(folder)).sort(), ['.hub.json', 'config.json', shard, index, 'tokenizer.json']);
    await using broken = await setUp({ files: { ...texts, [index]: mapping } });
    await assert.rejects(broken.download(), {
      code: 'CHECKPOINT',
      message: /org\/tiny on .* has no model-00001-of-00001/,
    });
  });

  it('takes up files that are whole already', async () => {
    await using it = await setUp();
    const hidden = join(it.models, `.download-org--tiny@${it.hub.head}`);
    await mkdir(hidden);
    await writeFile(join(hidden, `${weights}.incomplete`), tensors);
    await it.download();
    assert.equal(it.hub.requestsFor(weights).length, 0);
  });
});
