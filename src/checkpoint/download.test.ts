import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { breakHalfWay, end, sendContent } from '../../test/hub-server.ts';
import { HubFixture, repository, weights } from '../../test/support/hub-fixture.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { ByteProgress } from './progress.ts';

const index = 'model.safetensors.index.json';

describe('a download from the hub', () => {
  const tiny = new HubFixture();
  const { setUp } = tiny;

  it('brings what is needed of a model into the models folder', async () => {
    await using it = await setUp();
    const folder = await it.download();
    assert.equal(folder, join(it.models, 'org', 'tiny'));
    assert.deepEqual((await readdir(folder)).sort(), ['.hub.json', 'config.json', weights, 'tokenizer.json']);
    assert.deepEqual(await readFile(join(folder, weights)), tiny.tensors);
    assert.equal((await openCheckpoint(folder)).tensors.size, 1);
    assert.deepEqual(await readdir(it.models), ['org']);
  });

  it('brings what says how answers end, where there is such', async () => {
    const config = Buffer.from('{"eos_token_id": [0]}');
    await using it = await setUp({
      files: { ...tiny.texts, 'generation_config.json': config, [weights]: tiny.tensors },
    });
    assert.deepEqual((await openCheckpoint(await it.download())).endTokens, [0]);
  });

  it('says how far it is', async () => {
    await using it = await setUp();
    const seen: ByteProgress[] = [];
    const began = performance.now();
    await it.download({ onProgress: (progress) => seen.push(progress) });
    const seconds = (performance.now() - began) / 1000;
    const total =
      tiny.tensors.length + (tiny.texts['config.json']?.length ?? 0) + (tiny.texts['tokenizer.json']?.length ?? 0);
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
        path === weights && broken++ < 2 && breakHalfWay(response, tiny.tensors, request.headers.range),
    });
    const folder = await it.download();
    assert.deepEqual(await readFile(join(folder, weights)), tiny.tensors);
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
        if (asked === 1) return breakHalfWay(response, tiny.tensors, undefined);
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
    const next = { ...tiny.texts, [weights]: Buffer.from(tiny.tensors).fill(0, 4096) };
    await using it = await setUp({
      fault(path) {
        if (path === 'tokenizer.json') it.hub.commit(next);
        return false;
      },
    });
    const folder = await it.download();
    for (const [name, content] of Object.entries({ ...tiny.texts, [weights]: tiny.tensors }))
      if (name !== 'README.md') assert.deepEqual(await readFile(join(folder, name)), content, name);
  });

  it('does not go on with the files of another commit, though their sizes are the same', async () => {
    const ending = new AbortController();
    const config = Buffer.from('{"model_type": "opt" }');
    const next = { ...tiny.texts, 'config.json': config, [weights]: Buffer.from(tiny.tensors).fill(0, 4096) };
    let asked = 0;
    await using it = await setUp({
      fault(path, _request, response) {
        if (path !== weights || ++asked > 2) return false;
        if (asked === 1) return breakHalfWay(response, tiny.tensors, undefined);
        ending.abort();
        return true;
      },
    });
    assert.equal(config.length, tiny.texts['config.json']?.length);
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
        if (broken++ === 0) return breakHalfWay(response, tiny.tensors, undefined);
        sendContent(response, tiny.tensors, undefined);
        return true;
      },
    });
    assert.deepEqual(await readFile(join(await it.download(), weights)), tiny.tensors);
  });

  it('throws away a file that is not what the hub announced', async () => {
    for (const wrong of ['config.json', weights]) {
      await using it = await setUp({
        fault(path, _request, response) {
          if (path !== wrong) return false;
          const content = Buffer.from(wrong === weights ? tiny.tensors : (tiny.texts[wrong] as Buffer));
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
        sendContent(response, Buffer.concat([tiny.tensors, tiny.tensors]), undefined);
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

  it('brings the shards that an index lists, and no other weights', async () => {
    const shard = 'model-00001-of-00001.safetensors';
    const mapping = Buffer.from(JSON.stringify({ weight_map: { a: shard } }));
    await using it = await setUp({
      files: { ...tiny.texts, [index]: mapping, [shard]: tiny.tensors, 'consolidated.safetensors': tiny.tensors },
    });
    const folder = await it.download();
    assert.deepEqual((await readdir(folder)).sort(), ['.hub.json', 'config.json', shard, index, 'tokenizer.json']);
    await using broken = await setUp({ files: { ...tiny.texts, [index]: mapping } });
    await assert.rejects(broken.download(), {
      code: 'CHECKPOINT',
      message: /org\/tiny on .* has no model-00001-of-00001/,
    });
  });

  it('takes up files that are whole already', async () => {
    await using it = await setUp();
    const hidden = join(it.models, `.download-org--tiny@${it.hub.head}`);
    await mkdir(hidden);
    await writeFile(join(hidden, `${weights}.incomplete`), tiny.tensors);
    await it.download();
    assert.equal(it.hub.requestsFor(weights).length, 0);
  });
});
