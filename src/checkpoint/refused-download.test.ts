import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { HubFixture, weights } from '../../test/support/hub-fixture.ts';
import type { DownloadOptions } from './download.ts';
import { hubFrom } from './hub.ts';

describe('a download from the hub', () => {
  const tiny = new HubFixture();
  const { setUp } = tiny;

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
      Object.fromEntries(Object.entries({ ...tiny.texts, [weights]: tiny.tensors }).filter(([path]) => path !== name));
    await without(withoutFile('config.json'), /has no config\.json/);
    await without(withoutFile('tokenizer.json'), /has no tokenizer\.json; make one/);
    await without(
      { ...tiny.texts, 'pytorch_model.bin': tiny.tensors },
      /neither model\.safetensors nor .*index\.json, but pytorch_model\.bin/,
    );
    const quantised = Buffer.from('{"model_type": "llama", "quantization_config": {"quant_method": "awq"}}');
    await without({ ...tiny.texts, [weights]: tiny.tensors, 'config.json': quantised }, /quantised weights \(awq\)/);
    await without({ ...tiny.texts, [weights]: tiny.tensors }, /a gpt2 is not wanted/, {
      accept({ model_type }) {
        throw new Error(`a ${model_type} is not wanted`);
      },
    });
  });
});
