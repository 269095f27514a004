/**
 * Checkpoints that are not what they say: each is refused with an error for its user, or it is a model that works.
 * What must never come of one is a crash, an abort of onnxruntime, a hang, or memory for sizes that no file has.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { openCheckpoint } from '../src/checkpoint/checkpoint.ts';
import { initModel } from '../src/cli/models/init.ts';
import { TributaryError } from '../src/errors.ts';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { circulate } from '../src/explain/circulation/circulate.ts';
import { Gate } from '../src/inference/gate.ts';
import { LoadedModel } from '../src/inference/loaded-model.ts';
import { type Json, type Mutation, mutated, mutation } from './mutations.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const families = ['gpt2', 'llama', 'gemma3', 'gpt_neox', 'phi3', 'gpt_neo', 'opt', 'qwen2'];
const runs = 500;
const seed = 20_260_101;
/** Milliseconds that one checkpoint may take, on a machine that has much else to do. */
const patience = 10_000;
/** Bytes that all of them together may take of memory: their weights are some kilobytes. */
const mostMemory = 600e6;

interface Files {
  readonly config: Json;
  readonly header: Json;
  readonly body: Buffer;
  readonly tokenizer: Json;
}

describe('a corrupt checkpoint', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const files = new Map<string, Files>();
  before(async () => {
    folder = await temporaryFolder();
    for (const family of families) {
      const options = { seed: 1, dtype: 'F32', width: 16, layers: 2, heads: 2, context: 32 } as const;
      const checkpoint = await initModel(folder.path, family, family, options);
      const read = (name: string) => readFile(join(checkpoint.folder, name));
      const weights = await read('model.safetensors');
      const start = 8 + Number(weights.readBigUInt64LE());
      files.set(family, {
        config: JSON.parse((await read('config.json')).toString()),
        header: JSON.parse(weights.toString('utf8', 8, start)),
        body: weights.subarray(start),
        tokenizer: JSON.parse((await read('tokenizer.json')).toString()),
      });
    }
  });
  after(() => folder[Symbol.asyncDispose]());

  const few = fc.array(mutation, { minLength: 1, maxLength: 3 });
  const none = fc.constant<Mutation[]>([]);
  const mutations = fc.oneof(
    { weight: 5, arbitrary: fc.record({ config: few, header: none, tokenizer: none }) },
    { weight: 3, arbitrary: fc.record({ config: none, header: few, tokenizer: none }) },
    { weight: 2, arbitrary: fc.record({ config: none, header: none, tokenizer: few }) },
  );

  it('is refused in words, or works', { timeout: 240_000 }, async () => {
    const corrupt = join(folder.path, 'corrupt');
    await mkdir(corrupt);
    const outcomes = { refused: 0, working: 0 };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...families), mutations, async (family, change) => {
        const { config, header, body, tokenizer } = files.get(family) as Files;
        const text = Buffer.from(JSON.stringify(mutated(header, change.header)));
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(text.length));
        await writeFile(join(corrupt, 'model.safetensors'), Buffer.concat([length, text, body]));
        await writeFile(join(corrupt, 'config.json'), JSON.stringify(mutated(config, change.config)));
        await writeFile(join(corrupt, 'tokenizer.json'), JSON.stringify(mutated(tokenizer, change.tokenizer)));
        const began = performance.now();
        try {
          await use(corrupt);
          outcomes.working++;
        } catch (error) {
          if (!(error instanceof TributaryError)) throw error;
          assert.ok(error.message.length > 10 && error.message.length < 4000, error.message);
          assert.ok(!error.message.includes(folder.path), error.message);
          outcomes.refused++;
        }
        const took = performance.now() - began;
        assert.ok(took < patience, `it took ${Math.round(took)} ms`);
        assert.ok(process.memoryUsage.rss() < mostMemory, `memory is at ${process.memoryUsage.rss()} bytes`);
      }),
      { numRuns: runs, seed, endOnFailure: true },
    );
    // Were nearly all of one kind, the changes would be too wild or too tame to tell anything.
    assert.ok(outcomes.refused > runs / 5 && outcomes.working > runs / 10, JSON.stringify(outcomes));
  });
});

/** All that the server does with a model. @throws TributaryError when it is none */
async function use(folder: string): Promise<void> {
  const checkpoint = await openCheckpoint(folder);
  const model = new LoadedModel(checkpoint, 1);
  try {
    const { vocabularySize, contextLength, layerCount } = model.specification;
    const inputIds = checkpoint.tokenizer
      .encode('Ab, c')
      .filter((id) => id < vocabularySize)
      .slice(0, contextLength);
    for (const id of inputIds) checkpoint.tokenizer.token(id);
    if (inputIds.length === 0) return;
    const target = { position: inputIds.length - 1, token: null, against: null };
    const selection = { layers: 1, neurons: 2, 'edges.TOTAL': 2 };
    const { audit } = await attribute(model, { inputIds, target, method: 'FROZEN', selection }, new Gate());
    const track = [0];
    await circulate(model, { inputIds, track, target, layers: layerCount, top: 2 }, new Gate(), () => undefined);
    assert.ok(audit.passed, JSON.stringify(audit));
  } finally {
    await model.release();
  }
}
