import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { endTokensOf } from './end-tokens.ts';

async function endTokens(config: object, generation?: string): Promise<number[]> {
  await using folder = await temporaryFolder();
  if (generation !== undefined) await writeFile(join(folder.path, 'generation_config.json'), generation);
  return await endTokensOf(folder.path, { model_type: 'llama', ...config });
}

describe('the tokens that end an answer', () => {
  it('are those of the configuration', async () => {
    assert.deepEqual(await endTokens({ eos_token_id: 2 }), [2]);
    assert.deepEqual(await endTokens({ eos_token_id: [7, 2, 7] }), [2, 7]);
    assert.deepEqual(await endTokens({ eos_token_id: 0 }), [0]);
  });

  it('are those of the configuration of generation, where there is one that names any', async () => {
    assert.deepEqual(await endTokens({ eos_token_id: 2 }, '{"eos_token_id": [9, 5]}'), [5, 9]);
    assert.deepEqual(await endTokens({ eos_token_id: 2 }, '{"eos_token_id": 0}'), [0]);
    assert.deepEqual(await endTokens({ eos_token_id: 2 }, '{"eos_token_id": null, "temperature": 0.7}'), [2]);
    assert.deepEqual(await endTokens({ eos_token_id: 2 }, '{"bos_token_id": 1}'), [2]);
  });

  it('are none where none is named, or a negative one, which no token is', async () => {
    assert.deepEqual(await endTokens({}), []);
    assert.deepEqual(await endTokens({ eos_token_id: null }), []);
    assert.deepEqual(await endTokens({ eos_token_id: -1 }), []);
    assert.deepEqual(await endTokens({ eos_token_id: [3, -1] }), [3]);
    assert.deepEqual(await endTokens({ eos_token_id: 2 }, '{"eos_token_id": []}'), []);
  });

  it('are refused where they are no ids, with the file that has them', async () => {
    const message = (file: string) => new RegExp(`^${file}: eos_token_id`);
    await assert.rejects(endTokens({ eos_token_id: '</s>' }), { code: 'CHECKPOINT', message: message('config.json') });
    await assert.rejects(endTokens({ eos_token_id: 2 }, '{"eos_token_id": 1.5}'), {
      code: 'CHECKPOINT',
      message: message('generation_config.json'),
    });
    await assert.rejects(endTokens({ eos_token_id: 2 }, '{"eos_token_id":'), {
      code: 'CHECKPOINT',
      message: /^generation_config\.json is not valid JSON/,
    });
    await assert.rejects(endTokens({ eos_token_id: 2 }, '[]'), { code: 'CHECKPOINT', message: /JSON object/ });
  });

  it('are refused where the file cannot be read', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'generation_config.json'));
    await assert.rejects(endTokensOf(folder.path, { eos_token_id: 2 }), {
      code: 'CHECKPOINT',
      message: /generation_config\.json cannot be read/,
    });
  });
});
