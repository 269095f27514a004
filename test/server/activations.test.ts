/** What is inside of a forward pass and the logit lens, over the API: as much as is selected, and what goes wrong. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it, mock } from 'node:test';
import { ActivationsDocument, LensDocument } from '../../src/client/generated/graphql.ts';
import type { ActivationsRequest } from '../../src/explain/activations/result.ts';
import type { LensRequest } from '../../src/explain/lens/result.ts';
import { hookPositions, hookTokens, Reference, type ReferencePrompt } from '../reference/reference.ts';
import { assertClose, scaledTolerance } from '../support/close.ts';
import { postQuery } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

/** Of the largest value. */
const parity = 1e-4;

interface Failed {
  readonly __typename: string;
  readonly message: string;
}

const reference = new Reference('llama-grouped');
const prompt = reference.prompts.at(-1) as ReferencePrompt;
const input = { model: 'llama', prompt: { tokenIds: [...prompt.ids] }, positions: hookPositions };

describe('over the API', () => {
  let server: TestServer;
  const asked: { readonly kind: string; readonly request: ActivationsRequest & LensRequest }[] = [];
  before(async () => {
    server = await startTestServer({ MAX_RESPONSE_SIZE: '300kB' });
    const run = server.queue.run.bind(server.queue);
    mock.method(server.queue, 'run', (...question: Parameters<typeof run>) => {
      asked.push({ kind: question[0].name, request: question[2] as ActivationsRequest & LensRequest });
      return run(...question);
    });
  });
  after(() => server.close());
  beforeEach(() => {
    asked.length = 0;
  });

  const post = async <Answer>(query: string, variables: object = {}) => {
    const response = await postQuery(server.url, query, variables);
    return (await response.json()) as { data: Answer; errors?: { message: string; extensions: { code: string } }[] };
  };
  /** Without the prompt. */
  const askedLast = () => {
    const { inputIds: _, ...request } = (asked.at(-1) as (typeof asked)[number]).request;
    return request as object;
  };
  const floatsIn = (base64: string) => {
    const bytes = Buffer.from(base64, 'base64');
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };

  describe('activations', () => {
    it('are those of transformers, in one answer', async () => {
      const { activations } = await server.client.request(ActivationsDocument, {
        input,
        residuals: true,
        outputs: true,
        attention: true,
        neurons: true,
        norms: true,
        logits: true,
      });
      assert.ok(activations.__typename === 'Activations', JSON.stringify(activations));
      assert.deepEqual(
        activations.tokens.map(({ tokenId }) => tokenId),
        prompt.ids,
      );
      const { positions, heads, keyValueHeads, layers } = activations;
      assert.deepEqual([positions, heads, keyValueHeads], [hookPositions, [0, 1, 2, 3], [0, 1]]);
      const tensorsOf = (name: string) =>
        layers.map((layer) => (layer as unknown as Record<string, { shape: number[]; base64: string } | null>)[name]);
      let told = 0;
      for (const name of Object.keys(layers[0] ?? {}).filter((key) => key !== 'layer')) {
        const expected = reference.hook(name);
        const tensors = tensorsOf(name);
        if (!expected) {
          assert.ok(tensors.every((tensor) => tensor === null));
          continue;
        }
        const values = tensors.flatMap((tensor) => [...floatsIn(tensor?.base64 ?? '')]);
        const seen = (list: ArrayLike<number>) => Array.from(list, (value) => Math.max(value, -1e30));
        assertClose(
          seen(values),
          seen(expected),
          scaledTolerance(
            seen(expected).filter((value) => value > -1e30),
            parity,
          ),
          name,
        );
        told++;
      }
      assert.equal(told, 18);
      const { finalNormScale, logits } = activations;
      assertClose(floatsIn(finalNormScale?.base64 ?? ''), reference.hook('finalNormScale') ?? [], parity, 'final norm');
      assert.deepEqual(logits?.shape, [2, 288]);
      const expected = reference.tensor(prompt, 'logits');
      const own = hookPositions.flatMap((position) => [...expected.subarray(position * 288, (position + 1) * 288)]);
      assertClose(floatsIn(logits?.base64 ?? ''), own, scaledTolerance(own, parity), 'logits');
      assert.deepEqual(tensorsOf('pattern')[0]?.shape, [4, 2, 23]);
      assert.deepEqual(tensorsOf('keys')[0]?.shape, [2, 2, 12]);
      assert.equal(asked.length, 1);
    });

    const select = (fields: string, more: object = {}) =>
      post<{ activations: Failed & { layers: Record<string, { shape: number[]; values: number[] } | null>[] } }>(
        `query ($input: ActivationsInput!) { activations(input: $input) { __typename ... on Error { message } ... on Activations { ${fields} } } }`,
        { input: { ...input, ...more } },
      );

    it('are computed as far as they are selected: of nothing no model is run', async () => {
      await select('tokens { text } positions heads keyValueHeads layers { layer }');
      assert.equal(asked.length, 0);
      await select('one: layers { z { shape } } layers { layer pattern { values } again: pattern { base64 } }', {
        layers: [2, 0, 2],
        heads: [3],
        positions: [-1, 0],
      });
      const request = askedLast();
      assert.deepEqual(request, { layers: [0, 2], heads: [3], positions: [0, 22], names: ['pattern', 'z'] });
      const { data } = await select('layers { layer z { shape } } logits { shape }', { layers: [0] });
      const { logits } = data.activations as unknown as { logits: { shape: number[] } };
      assert.deepEqual([data.activations.layers.length, logits.shape], [1, [2, 288]]);
      await select('logits { shape } layers { layer }');
      assert.deepEqual((askedLast() as ActivationsRequest).end, { after: 2, scale: false, logits: true });
    });

    it('have scores whose softmax is the pattern, and null where the family has no such thing', async () => {
      const { data } = await select('layers { scores { values } pattern { values shape } mlpPostNormScale { shape } }');
      for (const { scores, pattern, mlpPostNormScale } of data.activations.layers) {
        assert.equal(mlpPostNormScale, null);
        const length = pattern?.shape[2] ?? 0;
        for (let row = 0; row < 8; row++) {
          const own = (scores?.values ?? []).slice(row * length, (row + 1) * length);
          const exps = own.map((score) => Math.exp(score));
          const sum = exps.reduce((total, value) => total + value, 0);
          const softmax = exps.map((value) => value / sum);
          assertClose((pattern?.values ?? []).slice(row * length, (row + 1) * length), softmax, 1e-5, 'softmax');
        }
      }
      const { data: plain } = await select(
        'layers { mlpPreLinear { shape } rotatedQueries { shape } queries { shape } }',
        {
          model: 'sample',
          prompt: { text: 'When Mary and John' },
          positions: [0],
          layers: [1],
        },
      );
      const [layer] = plain.activations.layers;
      assert.ok(
        layer && layer.mlpPreLinear === null && layer.rotatedQueries === null && layer.queries,
        JSON.stringify(plain),
      );
    });

    it('are refused before they are computed where they are too many, with how many they would be', async () => {
      const { data, errors } = await select('layers { scores { values } pattern { values } mlpPost { base64 } }', {
        positions: null,
        prompt: { tokenIds: Array(64).fill(5) },
      });
      assert.equal(data, null);
      assert.deepEqual(
        errors?.map(({ extensions }) => extensions.code),
        ['OVER_CAPACITY'],
      );
      // Three blocks; scores and patterns of four heads, 10 bytes a number.
      const bytes = Number(/about (\d+) bytes, more than 300000 bytes/.exec(errors?.[0]?.message ?? '')?.[1]);
      assert.ok(bytes > 3 * 2 * 4 * 64 * 64 * 10 && bytes < 1.3 * 3 * 2 * 4 * 64 * 64 * 10, errors?.[0]?.message);
      assert.equal(asked.length, 0);
    });

    it('are refused with what would be right', async () => {
      for (const [more, type, message] of [
        [{ model: 'gpt5' }, 'UnknownModelError', /llama, sample/],
        [{ prompt: { text: '' } }, 'PromptError', /empty/],
        [{ layers: [3] }, 'InputError', /`layers` has 3; this model has 0 to 2/],
        [{ layers: [] }, 'InputError', /`layers` is empty; name at least one/],
        [{ heads: [-1] }, 'InputError', /`heads` has -1; this model has 0 to 3/],
        [{ positions: [23] }, 'InputError', /23 tokens: 0 to 22/],
        [{ positions: [-24] }, 'InputError', /23 tokens: 0 to 22/],
      ] as const) {
        const { data } = await select('layers { z { shape } }', more);
        assert.equal(data.activations.__typename, type);
        assert.match(data.activations.message, message);
      }
      assert.equal(asked.length, 0);
    });
  });

  describe('the lens', () => {
    it('says what transformers says, at every depth', async () => {
      const tokens = hookTokens(288).map((tokenId) => ({ tokenId }));
      const { lens } = await server.client.request(LensDocument, { input: { ...input, tokens }, afterAttention: true });
      assert.ok(lens.__typename === 'Lens', JSON.stringify(lens));
      const { embedding, layers } = lens;
      const depths = [
        embedding,
        ...layers.flatMap(({ afterAttention, afterBlock }) => [afterAttention ?? [], afterBlock]),
      ];
      const readings = depths.flat();
      assert.deepEqual(
        readings.map(({ token }) => token.position),
        depths.flatMap(() => hookPositions),
      );
      const hook = (name: string) => reference.hook(`lens_${name}`) as Float32Array;
      const compare = (values: number[], name: string) =>
        assertClose(values, hook(name), scaledTolerance(hook(name), parity), name);
      compare(
        readings.map(({ entropy }) => entropy),
        'entropy',
      );
      compare(
        readings.flatMap(({ top }) => (top ?? []).map(({ logit }) => logit)),
        'top_logits',
      );
      compare(
        readings.flatMap((reading) => reading.tokens.map(({ logit }) => logit)),
        'token_logits',
      );
      compare(
        readings.flatMap((reading) => reading.tokens.map(({ rank }) => rank)),
        'ranks',
      );
      assert.ok(
        readings.every(({ top }) => top?.every(({ token, rank }, index) => token.position >= 0 && rank === index + 1)),
      );
      assert.equal(asked.length, 1);
    });

    const select = (fields: string, more: object = {}) =>
      post<{ lens: Failed & Record<string, unknown> }>(
        `query ($input: LensInput!) { lens(input: $input) { __typename ... on Error { message } ... on Lens { ${fields} } } }`,
        { input: { ...input, ...more } },
      );

    it('is computed as far as it is selected', async () => {
      await select('positions embedding { token { text } } layers { layer afterBlock { token { text } } }');
      assert.equal(asked.length, 0);
      await select('layers { a: afterBlock { top(first: 2) { rank } } b: afterBlock { top(first: 7) { rank } } }', {
        tokens: [{ tokenId: 9 }],
        positions: undefined,
        layers: [1],
      });
      const request = askedLast();
      const depths = { embedding: false, afterAttention: false, afterBlock: true };
      assert.deepEqual(request, { ...depths, positions: [22], layers: [1], tokens: [], top: 7, entropy: false });
    });

    it('gives each list as many as it asks for', async () => {
      const { data } = await select(
        'embedding { one: top(first: 3) { rank } two: top(first: 1) { rank } none: top(first: 0) { rank } }',
      );
      const embedding = data.lens.embedding as Record<string, unknown[]>[];
      assert.deepEqual(
        embedding.map(({ one, two, none }) => [one?.length, two?.length, none?.length]),
        [
          [3, 1, 0],
          [3, 1, 0],
        ],
      );
    });

    it('is refused with what would be right', async () => {
      for (const [more, type, message] of [
        [{ tokens: [{ text: 'The river' }] }, 'TargetError', /token text "The river" is \d+ tokens/],
        [{ tokens: [{ tokenId: 288 }] }, 'TargetError', /0 to 287/],
        [{ tokens: Array(65).fill({ tokenId: 1 }) }, 'InputError', /65 `tokens`.*at most 64/],
        [{ positions: [] }, 'InputError', /`positions` is empty/],
        [{ layers: [9] }, 'InputError', /0 to 2/],
      ] as const) {
        const { data } = await select('embedding { tokens { rank } }', more);
        assert.equal(data.lens.__typename, type);
        assert.match(data.lens.message, message);
      }
      const { errors } = await select('embedding { top(first: 101) { rank } }');
      assert.match(errors?.[0]?.message ?? '', /`first` is a whole number from 0 to 100, not 101/);
      assert.equal(asked.length, 0);
    });
  });

  it('is the same in the server with lean weights, and takes its turn there', async () => {
    const lean = await startTestServer({ WEIGHTS: 'lean' });
    try {
      const ask = ({ client }: TestServer) =>
        client.request(LensDocument, { input, afterAttention: true }).then(({ lens }) => {
          assert.ok(lens.__typename === 'Lens');
          return lens.layers.flatMap(({ afterBlock }) =>
            afterBlock.flatMap(({ top }) => (top ?? []).map(({ logit }) => logit)),
          );
        });
      const packed = await ask(server);
      assertClose(await ask(lean), packed, scaledTolerance(packed, 1e-6), 'logits');
    } finally {
      await lean.close();
    }
  });
});
