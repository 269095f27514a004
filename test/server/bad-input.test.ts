/** Bad input gets an error that says what is wrong and what would be right, and the server lives on. */
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  CirculationDocument,
  type CirculationInput,
  LogitAttributionDocument,
  type LogitAttributionInput,
  ModelsDocument,
} from '../../src/client/generated/graphql.ts';
import { referenceFolder } from '../reference/reference.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const good = { model: 'sample', prompt: { text: 'The keys to the cabinet' } };

describe('the server', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());
  afterEach(async () => {
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, { input: good });
    assert.equal(logitAttribution.__typename, 'LogitAttribution', 'the server lives on');
  });

  /** Both ways of asking answer with the same error. */
  const refused = async (input: LogitAttributionInput & CirculationInput, type: string, ...messages: RegExp[]) => {
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, { input });
    const events = await collect(server.client.subscribe(CirculationDocument, { input }));
    assert.equal(events.length, 1, 'the fault is the first and only event');
    for (const result of [logitAttribution, events[0]?.circulation]) {
      assert.equal(result?.__typename, type, JSON.stringify(result));
      for (const message of messages) assert.match((result as { message: string }).message, message);
    }
    return logitAttribution;
  };

  it('names the models that it has when it is asked for another', async () => {
    await refused({ ...good, model: 'gpt5' }, 'UnknownModelError', /"gpt5"/, /llama, sample/);
    await refused({ ...good, model: '../models/sample' }, 'UnknownModelError');
    await refused({ ...good, model: '' }, 'UnknownModelError');
  });

  it('refuses an empty prompt and one that is too long, with the numbers', async () => {
    await refused({ ...good, prompt: { text: '' } }, 'PromptError', /empty/);
    await refused({ ...good, prompt: { tokenIds: [] } }, 'PromptError', /empty/);
    await refused(
      { ...good, prompt: { text: 'word '.repeat(40_000) } },
      'PromptError',
      /200000 characters/,
      /at most 256 tokens/,
    );
    await refused({ ...good, prompt: { tokenIds: Array(257).fill(5) } }, 'PromptError', /257 tokens/, /at most 256/);
  });

  it('refuses token ids outside of the vocabulary, in prompts and targets', async () => {
    const { models } = await server.client.request(ModelsDocument, {});
    const sample = models?.edges.find(({ node }) => node.name === 'sample')?.node;
    const size = sample?.__typename === 'Model' ? sample.vocabularySize : 0;
    const range = new RegExp(`0 to ${size - 1}`);
    await refused(
      { ...good, prompt: { tokenIds: [5, size, 7] } },
      'PromptError',
      new RegExp(`${size} at position 1`),
      range,
    );
    await refused({ ...good, prompt: { tokenIds: [-1] } }, 'PromptError', /-1 at position 0/);
    await refused({ ...good, target: { token: { tokenId: size } } }, 'TargetError', range);
  });

  it('lists the tokens of a target text that is not one, and the single tokens that may have been meant', async () => {
    const result = await refused(
      { ...good, target: { token: { text: ' Mary went' } } },
      'TargetError',
      /2 tokens/,
      /" Mary", " went"/,
    );
    assert.ok(result.__typename === 'TargetError');
    assert.deepEqual(
      result.candidates.map(({ token }) => token.text),
      [' Mary', ' went'],
    );
    const bare = await refused({ ...good, target: { token: { text: 'keys' } } }, 'TargetError', /" keys"/);
    assert.ok(
      bare.__typename === 'TargetError' && bare.candidates[0]?.token.text === ' keys',
      'the one with a leading space comes first',
    );
    await refused({ ...good, target: { token: { text: '' } } }, 'TargetError', /empty/);
    await refused({ ...good, target: { token: { text: ' are' }, against: { text: ' are' } } }, 'TargetError', /same/);
  });

  it('refuses positions outside of the prompt, with the range', async () => {
    for (const position of [5, 99, -6])
      await refused({ ...good, target: { position } }, 'TargetError', /5 tokens: 0 to 4/);
    const events = await collect(server.client.subscribe(CirculationDocument, { input: { ...good, track: [0, 5] } }));
    assert.equal(events[0]?.circulation.__typename, 'PromptError');
    for (const wrong of [
      { track: [] },
      { layers: 0 },
      { layers: 5 },
      { top: -1 },
      { top: 101 },
      { track: Array.from({ length: 65 }, () => 0) },
    ]) {
      const [event, ...more] = await collect(
        server.client.subscribe(CirculationDocument, { input: { ...good, ...wrong } }),
      );
      assert.equal(event?.circulation.__typename, 'PromptError', JSON.stringify(wrong));
      assert.equal(more.length, 0);
    }
  });

  it('lists a damaged checkpoint with what is wrong, and says so when it is asked for it', async () => {
    const faults: [name: string, fault: (folder: string) => Promise<void>, message: RegExp][] = [
      ['truncated', (folder) => rewrite(folder, (bytes) => bytes.subarray(0, bytes.length - 100)), /truncated/],
      [
        'overlapping',
        (folder) => rewriteHeader(folder, (tensors) => ({ ...tensors, second: tensors.first })),
        /lets tensor .* overlap/,
      ],
      [
        'lying',
        (folder) => rewriteHeader(folder, (tensors) => ({ ...tensors, first: { ...tensors.first, shape: [3, 5] } })),
        /15|60/,
      ],
      [
        'endless',
        (folder) => rewrite(folder, (bytes) => Buffer.concat([length(10_000_000_000n), bytes.subarray(8)])),
        /10000000000|10[ ,]?000/,
      ],
      ['textual', (folder) => writeFile(join(folder, 'model.safetensors'), 'no weights at all'), /safetensors/],
      ['lacking', (folder) => edit(folder, (config) => ({ ...config, n_layer: 7 })), /h\.3|missing/],
      ['other-family', (folder) => edit(folder, () => ({ model_type: 'llama', hidden_size: 192 })), /vocab_size/],
      [
        'unheard-of',
        (folder) => edit(folder, (config) => ({ ...config, model_type: 'mamba' })),
        /"mamba" is not supported/,
      ],
      [
        'quantised',
        (folder) => edit(folder, (config) => ({ ...config, quantization_config: { quant_method: 'gptq' } })),
        /gptq/,
      ],
      ['broken-json', (folder) => writeFile(join(folder, 'config.json'), '{'), /JSON/],
      ['wordless', (folder) => writeFile(join(folder, 'tokenizer.json'), '{}'), /tokenizer/],
    ];
    for (const [name, damage] of faults) {
      const folder = join(server.models, 'damaged', name);
      await mkdir(join(server.models, 'damaged'), { recursive: true });
      await cp(join(referenceFolder('gpt2-plain')), folder, { recursive: true });
      await damage(folder);
    }
    const { models } = await server.client.request(ModelsDocument, {});
    const all = models?.edges.map(({ node }) => node) ?? [];
    const brokenModels = all.filter(({ __typename }) => __typename === 'BrokenModel');
    assert.deepEqual(
      brokenModels.map(({ name }) => name),
      faults.map(([name]) => `damaged/${name}`).sort(),
    );
    assert.deepEqual(
      all.map(({ name }) => name),
      [...brokenModels.map(({ name }) => name), 'llama', 'sample'],
    );
    for (const [name, , message] of faults) {
      assert.match(brokenModels.find((broken) => broken.name === `damaged/${name}`)?.error ?? '', message, name);
      await refused({ ...good, model: `damaged/${name}` }, 'CheckpointError', message);
    }
  });
});

type Tensors = Record<
  string,
  { dtype?: string; shape?: number[]; data_offsets?: [number, number] | undefined } | undefined
>;

async function rewrite(folder: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  const file = join(folder, 'model.safetensors');
  await writeFile(file, change(await readFile(file)));
}

/** `change` sees the header's first two tensors under the names `first` and `second`. */
async function rewriteHeader(folder: string, change: (tensors: Tensors) => Tensors): Promise<void> {
  await rewrite(folder, (bytes) => {
    const start = 8 + Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.toString('utf8', 8, start)) as Tensors;
    const [first = '', second = ''] = Object.keys(header).filter((name) => name !== '__metadata__');
    const changed = change({ first: header[first], second: header[second] });
    const text = Buffer.from(JSON.stringify({ ...header, [first]: changed.first, [second]: changed.second }));
    return Buffer.concat([length(BigInt(text.length)), text, bytes.subarray(start)]);
  });
}

function length(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

async function edit(
  folder: string,
  change: (config: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>)));
}
