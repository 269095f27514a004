/** A model with a weight that is no number, over the API: every question is answered by an error that names the weight. */
import assert from 'node:assert/strict';
import { cp, open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import { CirculationDocument } from '../../src/client/generated/graphql.ts';
import { referenceFolder } from '../reference/reference.ts';
import { postQuery } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const tensor = 'model.layers.0.self_attn.v_proj.weight';
const told = new RegExp(`NaN in tensor "${RegExp.escape(tensor)}"`);
const prompt = { tokenIds: [5, 6, 7] };

describe('a model with a weight that is no number', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    const folder = join(server.models, 'broken');
    await cp(referenceFolder('llama-grouped'), folder, { recursive: true });
    const entry = (await openModelFiles(folder)).tensors.get(tensor);
    assert.ok(entry);
    await using handle = await open(entry.file, 'r+');
    await handle.write(new Uint8Array(Float32Array.of(Number.NaN).buffer), 0, 4, entry.offset);
  });
  after(() => server.close());

  const ask = async (field: string, selection: string) => {
    const response = await postQuery(server.url, `{ ${field} { ${selection} } }`);
    return (await response.json()) as {
      data: Record<string, { __typename: string; code: string; message: string }>;
      errors?: { message: string }[];
    };
  };
  const input = 'model: "broken", prompt: { tokenIds: [5, 6, 7] }';
  const error = '__typename ... on Error { code message }';

  for (const [question, field, selection = ''] of [
    ['an attribution', `logitAttribution(input: { ${input} })`],
    ['several', `logitAttributions(input: { ${input}, targets: [{}, { token: { tokenId: 3 } }] })`],
    [
      'what the model predicts',
      `targetCandidates(input: { ${input}, text: "a" })`,
      '... on TargetCandidates { likeliest { probability } }',
    ],
    ['a look at circuits', 'circuits(model: "broken")', '... on Circuits { heads { copying } }'],
  ] as const) {
    it(`answers ${question} with an error that names it`, async () => {
      const { data, errors } = await ask(field, `${error} ${selection}`);
      assert.equal(errors, undefined);
      const [answer] = Object.values(data);
      assert.equal(answer?.__typename, 'CheckpointError');
      assert.match(answer.message, told);
    });
  }

  it('ends a circulation with an error that names it, before any block is told', async () => {
    const events = await collect(server.client.subscribe(CirculationDocument, { input: { model: 'broken', prompt } }));
    assert.deepEqual(
      events.map(({ circulation }) => circulation.__typename),
      ['CirculationStarted', 'RunFailed'],
    );
    assert.match(JSON.stringify(events.at(-1)).replaceAll('\\"', '"'), told);
  });

  it('has no run that was completed', async () => {
    const { data } = await ask('runs', 'edges { node { status error { code } } }');
    const runs = (data.runs as unknown as { edges: { node: { status: string; error: { code: string } } }[] }).edges;
    assert.ok(runs.length > 0);
    for (const { node } of runs) assert.deepEqual([node.status, node.error.code], ['FAILED', 'CHECKPOINT']);
  });
});
