/** What cannot be generated is refused before anything is computed, with what is wrong and what would be right. */
import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  GenerationDocument,
  type GenerationInput,
  RunDocument,
  RunsDocument,
  StartGenerationDocument,
} from '../../src/client/generated/graphql.ts';
import { referenceFolder } from '../reference/reference.ts';
import { postSubscription } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const good: GenerationInput = { model: 'llama', prompt: { tokenIds: [5, 9, 70] }, maxTokens: 2 };

describe('a generation', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    const path = join(server.models, 'ended');
    await cp(referenceFolder('llama-grouped'), path, { recursive: true });
    await writeFile(join(path, 'generation_config.json'), '{"eos_token_id": [3, 5, 999, -1]}');
  });
  after(() => server.close());

  /** Both ways of asking answer with the same error, and no run begins. */
  const refused = async (more: Partial<GenerationInput>, type: string, message: RegExp, field?: string) => {
    const input = { ...good, ...more };
    const before = await server.client.request(RunsDocument, { first: 1 });
    const { startGeneration } = await server.client.request(StartGenerationDocument, { input });
    const events = await collect(server.client.subscribe(GenerationDocument, { input }));
    assert.equal(events.length, 1, 'the fault is the first and only event');
    for (const answer of [startGeneration, events[0]?.generation]) {
      assert.equal(answer?.__typename, type, JSON.stringify(answer));
      assert.match((answer as { message: string }).message, message);
      if (field) assert.equal((answer as { field?: string }).field, field);
    }
    assert.deepEqual(await server.client.request(RunsDocument, { first: 1 }), before);
  };
  const refusedInput = (more: Partial<GenerationInput>, field: string, message: RegExp) =>
    refused(more, 'InputError', message, `input.${field}`);

  const stopTokensOf = async (input: GenerationInput) => {
    const { startGeneration } = await server.client.request(StartGenerationDocument, { input });
    assert.ok(startGeneration.__typename === 'RunPayload', JSON.stringify(startGeneration));
    const { run } = await server.client.request(RunDocument, { id: startGeneration.run.id });
    assert.ok(run?.input.__typename === 'GenerationRequest');
    return run.input.stopTokens.map(({ tokenId }) => tokenId);
  };

  it('has a model and a prompt that there is', async () => {
    await refused({ model: 'gpt5' }, 'UnknownModelError', /llama, sample/);
    await refused({ prompt: { tokenIds: [] } }, 'PromptError', /empty/);
    await refused({ prompt: { text: '' } }, 'PromptError', /empty/);
    await refused({ prompt: { tokenIds: [288] } }, 'PromptError', /0 to 287/);
    await refused({ prompt: { tokenIds: Array(65).fill(1) }, maxTokens: 1 }, 'PromptError', /65 tokens.* at most 64/);
  });

  it('is as long as the model reads, and its numbers are told where it would be longer', async () => {
    await refusedInput({ maxTokens: 0 }, 'maxTokens', /1 to 4096.*not 0/);
    await refusedInput({ maxTokens: -7 }, 'maxTokens', /not -7/);
    await refusedInput({ maxTokens: 4097 }, 'maxTokens', /1 to 4096.*not 4097/);
    await refusedInput({ maxTokens: 63 }, 'maxTokens', /has 3 tokens.* reads at most 64.* can have 62, not 63/);
    await refusedInput({ maxTokens: 4096 }, 'maxTokens', /can have 62, not 4096/);
    const full = { tokenIds: Array<number>(64).fill(1) };
    await refusedInput({ prompt: full, maxTokens: 2 }, 'maxTokens', /has 64 tokens.* can have 1, not 2/);
  });

  it('is drawn within bounds', async () => {
    const sampling = (more: NonNullable<GenerationInput['sampling']>, field: string, message: RegExp) =>
      refusedInput({ sampling: more }, `sampling.${field}`, message);
    await sampling({ temperature: 0 }, 'temperature', /above 0 and at most 100, not 0; leave `sampling` out/);
    await sampling({ temperature: -1 }, 'temperature', /not -1$/);
    await sampling({ temperature: 100.5 }, 'temperature', /at most 100, not 100.5/);
    await sampling({ topP: 0 }, 'topP', /above 0 and at most 1, not 0$/);
    await sampling({ topP: 1.01 }, 'topP', /not 1.01/);
    await sampling({ topK: 0 }, 'topK', /at least 1, not 0/);
    await sampling({ topK: -3 }, 'topK', /not -3/);
    await sampling({ seed: -1 }, 'seed', /0 to 2147483647.*not -1/);
    const widest = { temperature: 100, topK: 2 ** 31 - 1, topP: 1e-300, seed: 2 ** 31 - 1 };
    for (const drawn of [widest, { temperature: 5e-324, topP: 1 }]) {
      const events = await collect(
        server.client.subscribe(GenerationDocument, { input: { ...good, sampling: drawn } }),
      );
      assert.equal(events.at(-1)?.generation.__typename, 'GenerationCompleted');
    }
  });

  it('tells of so many tokens beside each', async () => {
    await refusedInput({ top: -1 }, 'top', /0 to 100.*not -1/);
    await refusedInput({ top: 101 }, 'top', /not 101/);
    const alternatives = async (top: number) => {
      const events = await collect(server.client.subscribe(GenerationDocument, { input: { ...good, top } }));
      return events.flatMap(({ generation }) =>
        generation.__typename === 'TokenGenerated' ? [generation.alternatives.length] : [],
      );
    };
    assert.deepEqual(await alternatives(0), [0, 0]);
    assert.deepEqual(await alternatives(100), [100, 100]);
  });

  it('is stopped by so many texts and tokens, of such lengths', async () => {
    const stop = (more: NonNullable<GenerationInput['stop']>, field: string, message: RegExp) =>
      refusedInput({ stop: more }, `stop.${field}`, message);
    await stop({ texts: Array(17).fill('a') }, 'texts', /17 texts; at most 16/);
    await stop({ texts: ['a', ''] }, 'texts.1', /1 to 256 characters, not 0/);
    await stop({ texts: ['a'.repeat(257)] }, 'texts.0', /not 257/);
    await stop({ tokens: Array(17).fill({ tokenId: 1 }) }, 'tokens', /17 tokens; at most 16/);
    await refused({ stop: { tokens: [{ tokenId: 288 }] } }, 'TargetError', /0 to 287/);
    await refused(
      { stop: { tokens: [{ text: 'no such token' }] } },
      'TargetError',
      /stop text "no such token" is \d+ tok/,
    );
    for (const [texts, tokens] of [
      [[], []],
      [
        Array.from({ length: 16 }, (_, index) => `${'x'.repeat(255)}${index}`.slice(-256)),
        Array(16).fill({ tokenId: 1 }),
      ],
    ]) {
      const input = { ...good, stop: { texts, tokens } };
      const events = await collect(server.client.subscribe(GenerationDocument, { input }));
      assert.equal(events.at(-1)?.generation.__typename, 'GenerationCompleted');
    }
  });

  it("is stopped by the checkpoint's own tokens, those that it has, unless it is asked not to be", async () => {
    const asked = { ...good, model: 'ended' };
    assert.deepEqual(await stopTokensOf(asked), [3, 5]);
    assert.deepEqual(await stopTokensOf({ ...asked, stop: { tokens: [{ tokenId: 4 }, { tokenId: 3 }] } }), [3, 4, 5]);
    assert.deepEqual(await stopTokensOf({ ...asked, stop: { endOfText: false } }), []);
    assert.deepEqual(await stopTokensOf(good), [0]);
  });

  it('is explained by methods that go back through the blocks, and says who has the others', async () => {
    for (const method of ['OCCLUSION', 'INTEGRATED_GRADIENTS', 'ATTENTION_ROLLOUT'] as const) {
      await refusedInput(
        { attribution: { method } },
        'attribution.method',
        new RegExp(`FROZEN, GRADIENT, ATTN_LRP, which go back .*, not by ${method}; \`logitAttribution\``),
      );
      // Also where nothing is explained: the question would mean nothing.
      const input = { ...good, attribution: { method } };
      const [event] = await collect(server.client.subscribe(GenerationDocument, { input, explained: false }));
      assert.equal(event?.generation.__typename, 'InputError');
    }
  });

  it('is explained where a figure of that is selected, and not for what every event has', async () => {
    const ids = async (selection: string, variables = '') => {
      const input = `input: { model: "llama", prompt: { tokenIds: [5, 9, 71] }, maxTokens: 2 ${variables} }`;
      const query = `subscription { generation(${input}) { __typename ... on RunEvent { run { id } } ${selection} } }`;
      const events = await postSubscription<{ generation: { __typename: string; run: { id: string } } }>(
        server.url,
        query,
      );
      return {
        id: events[0]?.data.generation.run.id,
        explained: events.filter(({ data }) => data.generation.__typename === 'TokenAttributed').length,
      };
    };
    const plain = await ids('');
    assert.equal(plain.explained, 0);
    for (const nothing of [
      '... on TokenAttributed { seq }',
      '... on TokenAttributed @include(if: false) { scores }',
      '... on TokenAttributed { scores @skip(if: true) }',
      '... on TokenGenerated { index }',
    ])
      assert.deepEqual(await ids(nothing), plain, nothing);
    const explained = await ids('... on TokenAttributed { bias }');
    assert.equal(explained.explained, 2);
    assert.notEqual(explained.id, plain.id);
    assert.deepEqual(
      await ids('... on TokenAttributed { scores } ... on TokenAttributed { audit { gap } }'),
      explained,
    );
  });
});
