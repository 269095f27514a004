/** Every attribution method over the API: what it was told is part of the question, and it says what it does not know. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { attributionMethods } from '../../src/explain/attribution/methods/registry.ts';
import { Reference, type ReferencePrompt, type ReferenceTarget, referenceFolder } from '../reference/reference.ts';
import { assertClose } from '../support/close.ts';
import { postQuery } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

const document = `query ($input: LogitAttributionInput!) {
  logitAttribution(input: $input) {
    __typename
    ... on Error { code message }
    ... on InputError { field }
    ... on TargetError { candidates { token { text } } }
    ... on LogitAttribution {
      run { id }
      method
      options { steps baseline { text } }
      bias
      tokens { score positionScore }
      embedding { direct total }
      audit { logit sum gap passed }
      layers { attention { total } heads { total } }
      edges(first: 3) { score }
      moves { shape }
      residuals { shape }
      paths(first: 1) { longer }
      ablations(first: 1) { drop }
    }
  }
}`;

interface Answer {
  readonly __typename: string;
  readonly message: string;
  readonly code: string;
  readonly field: string;
  readonly run: { readonly id: string };
  readonly method: string;
  readonly options: { readonly steps: number | null; readonly baseline: { readonly text: string } | null } | null;
  readonly bias: number;
  readonly tokens: readonly { readonly score: number; readonly positionScore: number | null }[];
  readonly embedding: { readonly direct: number; readonly total: number | null };
  readonly audit: { readonly logit: number; readonly sum: number; readonly gap: number; readonly passed: boolean };
  readonly layers: readonly unknown[] | null;
  readonly edges: readonly unknown[] | null;
  readonly moves: object | null;
  readonly residuals: object | null;
  readonly paths: object | null;
  readonly ablations: readonly unknown[] | null;
}

describe('an attribution method', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const ask = async (more: object): Promise<Answer> => {
    const input = { model: 'sample', prompt: { text: 'The keys to the cabinet' }, ...more };
    const response = await postQuery(server.url, document, { input });
    const { data, errors } = (await response.json()) as { data: { logitAttribution: Answer }; errors?: unknown };
    assert.ok(data, JSON.stringify(errors));
    return data.logitAttribution;
  };

  for (const method of attributionMethods) {
    it(`answers, with an audit that tells what the parts come to: ${method}`, async () => {
      const answer = await ask({ method });
      assert.equal(answer.__typename, 'LogitAttribution', answer.message);
      assert.equal(answer.method, method);
      assert.equal(answer.tokens.length, 5);
      const { logit, sum, gap, passed } = answer.audit;
      const scores = answer.tokens.reduce((total, { score }) => total + score, 0);
      assert.ok(Math.abs(sum - scores - answer.bias) < 1e-4);
      assert.ok(Math.abs(gap - (logit - sum)) < 1e-4);
      assert.equal(passed, method === 'FROZEN');
    });

    it(`has each finer figure, or null where there is none with it: ${method}`, async () => {
      const answer = await ask({ method });
      const { layers, edges, moves, residuals, ablations, paths, embedding } = answer;
      const scores = answer.tokens.reduce((total, { score }) => total + score, 0);
      const finer = method === 'FROZEN' || method === 'GRADIENT' || method === 'ATTN_LRP';
      assert.deepEqual(
        [layers?.length, edges?.length, ablations?.length, moves, residuals],
        finer ? [4, 3, 1, { shape: [4, 6] }, { shape: [5, 5] }] : [undefined, undefined, undefined, null, null],
      );
      assert.equal(paths !== null, method === 'FROZEN');
      if (finer) assertClose([embedding.total ?? Number.NaN], [scores], 1e-4, 'embedding');
      else assert.deepEqual([layers, edges, ablations, embedding.total], [null, null, null, null]);
      assert.equal(typeof embedding.direct, 'number');
      assert.equal(answer.options !== null, method === 'INTEGRATED_GRADIENTS' || method === 'OCCLUSION');
    });
  }

  it('tells the part of a score that a learned position has, and none in a model without', async () => {
    const reference = new Reference('gpt2-plain');
    await cp(referenceFolder(reference.name), join(server.models, 'gpt2'), { recursive: true });
    const prompt = reference.prompts[1] as ReferencePrompt;
    const { position, token } = prompt.targets[0] as ReferenceTarget;
    const input = { prompt: { tokenIds: prompt.ids }, target: { position, token: { tokenId: token } } };
    const { tokens } = await ask({ model: 'gpt2', ...input });
    const scores = tokens.map(({ positionScore }) => positionScore ?? Number.NaN);
    assertClose(scores, reference.tensor(prompt, 'frozen_positions', 0), 1e-4, 'position scores');
    const without = await ask({ model: 'llama', ...input });
    assert.ok(without.tokens.every(({ positionScore }) => positionScore === null));
  });

  it('refuses an option that it does not take by its name, with the methods that take it', async () => {
    for (const [method, options, field, takers] of [
      ['GRADIENT', { steps: 7 }, 'steps', 'INTEGRATED_GRADIENTS does'],
      ['FROZEN', { steps: 32 }, 'steps', 'INTEGRATED_GRADIENTS does'],
      ['OCCLUSION', { steps: 7, baseline: { tokenId: 3 } }, 'steps', 'INTEGRATED_GRADIENTS does'],
      ['ATTN_LRP', { baseline: { tokenId: 3 } }, 'baseline', 'INTEGRATED_GRADIENTS and OCCLUSION do'],
    ] as const) {
      const answer = await ask({ method, options });
      assert.deepEqual([answer.code, answer.field], ['INPUT', `input.options.${field}`]);
      assert.ok(answer.message.startsWith(`${method} does not take \`${field}\`; ${takers}.`), answer.message);
    }
    const plain = await ask({ method: 'GRADIENT' });
    assert.equal((await ask({ method: 'GRADIENT', options: { steps: null, baseline: null } })).run.id, plain.run.id);
  });

  it('is asked another question when it is told something that it takes', async () => {
    const method = 'INTEGRATED_GRADIENTS';
    const plain = await ask({ method });
    assert.deepEqual(plain.options, { steps: 32, baseline: null });
    const told = await ask({ method, options: { steps: 64, baseline: { text: '.' } } });
    assert.notEqual(told.run.id, plain.run.id);
    assert.deepEqual(told.options, { steps: 64, baseline: { text: '.' } });
    assert.ok(Math.abs(told.audit.gap) < Math.abs(plain.audit.gap));
    assert.equal((await ask({ method, options: { steps: 32 } })).run.id, plain.run.id);
  });

  it('costs as many passes as it makes', async () => {
    const many = Array.from({ length: 10 }, (_, index) => index);
    const body = many.map((index) => `a${index}: logitAttribution(input: $input) { __typename }`).join(' ');
    const post = async (input: object) => {
      const response = await postQuery(server.url, `query ($input: LogitAttributionInput!) { ${body} }`, {
        input: { model: 'sample', prompt: { text: 'The keys' }, ...input },
      });
      return JSON.stringify(await response.json());
    };
    assert.doesNotMatch(await post({ method: 'GRADIENT' }), /complexity/);
    assert.match(await post({ method: 'INTEGRATED_GRADIENTS', options: { steps: 256 } }), /complexity/);
  });

  it('refuses what it cannot take', async () => {
    const method = 'INTEGRATED_GRADIENTS';
    const many = await ask({ method, options: { steps: 100_000 } });
    assert.deepEqual([many.__typename, many.field], ['InputError', 'input.options.steps']);
    assert.match(many.message, /`steps` is a whole number from 1 to 256, not 100000/);
    const words = await ask({ method, options: { baseline: { text: 'The keys' } } });
    assert.equal(words.__typename, 'TargetError');
    assert.match(words.message, /a baseline is one token/);
  });
});
