/** What the weights alone tell, over the API: as much as is selected, and what goes wrong. */
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it, mock } from 'node:test';
import { CircuitsDocument } from '../../src/client/generated/graphql.ts';
import { TributaryError } from '../../src/errors.ts';
import type { CircuitsRequest } from '../../src/explain/circuits/result.ts';
import { referenceFolder } from '../reference/reference.ts';
import { postQuery } from '../support/post-query.ts';
import { WatchedRunners } from '../support/watched-runners.ts';
import { startTestServer, type TestServer } from './harness.ts';

interface Composition {
  readonly from: { readonly layer: number; readonly head: number };
  readonly to: { readonly layer: number; readonly head: number };
  readonly score: number;
}

interface Answer {
  readonly __typename: string;
  readonly message: string;
  readonly model: { readonly name: string; readonly layerCount: number; readonly headCount: number };
  readonly heads: readonly { readonly layer: number; readonly head: number; readonly copying: number }[];
  readonly composition: { readonly shape: readonly number[]; readonly values: readonly number[] };
  readonly strongest: readonly Composition[];
}

describe('the circuits of a model', () => {
  let server: TestServer;
  let runners: WatchedRunners;
  const asked: CircuitsRequest[] = [];
  before(async () => {
    runners = await WatchedRunners.start();
    server = await startTestServer();
    const run = server.queue.run.bind(server.queue);
    mock.method(server.queue, 'run', (...question: Parameters<typeof run>) => {
      if (question[0].name === 'circuits') asked.push(question[2] as CircuitsRequest);
      return run(...question);
    });
  });
  after(async () => {
    await server.close();
    await runners[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    asked.length = 0;
  });

  const post = async (query: string) => {
    const response = await postQuery(server.url, query);
    return (await response.json()) as { data?: { circuits: Answer }; errors?: { message: string }[] };
  };
  const ask = async (model: string, selection: string): Promise<Answer> => {
    const { data, errors } = await post(
      `{ circuits(model: "${model}") { __typename ... on Error { message } ... on Circuits { ${selection} } } }`,
    );
    assert.ok(data, JSON.stringify(errors));
    return data.circuits;
  };

  it('are computed as far as they are selected, and once', async () => {
    const heads = await ask('sample', 'model { name } heads { layer head }');
    assert.equal(heads.model.name, 'sample');
    assert.deepEqual(asked, []);
    const { strongest } = await ask('sample', 'strongest(kind: K) { score }');
    assert.equal(strongest.length, 20);
    assert.deepEqual(asked, [{ copying: false, composition: ['K'] }]);
    const all =
      '... on Circuits { c: heads { copying } q: strongest(kind: Q) { score } k: composition(kind: K) { shape } }';
    await ask('sample', all);
    await ask('sample', all);
    assert.deepEqual(asked.slice(1), [{ copying: true, composition: ['Q'] }]);
  });

  it('tell of each head how much it copies', async () => {
    const { model, heads } = await ask('sample', 'model { layerCount headCount } heads { layer head copying }');
    assert.equal(heads.length, model.layerCount * model.headCount);
    for (const [index, { layer, head, copying }] of heads.entries()) {
      assert.deepEqual([layer, head], [Math.floor(index / model.headCount), index % model.headCount]);
      assert.ok(Math.abs(copying) <= 1 && copying !== 0);
    }
  });

  it('tell of the strongest compositions where they are in the tensor', async () => {
    for (const kind of ['Q', 'K', 'V']) {
      const { composition, strongest } = await ask(
        'llama',
        `composition(kind: ${kind}) { shape values } strongest(kind: ${kind}, first: 1000) { from { layer head } to { layer head } score }`,
      );
      const [layers = 0, heads = 0] = composition.shape;
      assert.deepEqual(composition.shape, [3, 4, 3, 4]);
      assert.deepEqual([layers, heads], [3, 4]);
      // From each of three pairs of blocks.
      assert.equal(strongest.length, 3 * heads * heads);
      for (const { from, to, score } of strongest) {
        assert.ok(from.layer < to.layer && score > 0 && score <= 1.000001);
        const place = ((from.layer * heads + from.head) * layers + to.layer) * heads + to.head;
        assert.equal(score, composition.values[place]);
      }
      const scores = strongest.map(({ score }) => score);
      assert.deepEqual(
        scores,
        [...scores].sort((a, b) => b - a),
      );
    }
  });

  it('leave nothing of the model in memory', async () => {
    const before = runners.made;
    await ask('llama', 'strongest(kind: V) { score } heads { copying }');
    assert.ok(runners.made > before);
    assert.equal(runners.open, 0, 'no session of onnxruntime is left');
    const { data } = (await post('{ model(name: "llama") { status } }')) as unknown as {
      data: { model: { status: string } };
    };
    assert.equal(data.model.status, 'UNLOADED');
  });

  it('come to the typed client', async () => {
    const { circuits } = await server.client.request(CircuitsDocument, {
      model: 'llama',
      kind: 'K',
      first: 3,
    });
    assert.equal(circuits.__typename, 'Circuits');
    if (circuits.__typename === 'Circuits') assert.equal(circuits.strongest?.length, 3);
  });

  it('are refused for a model that is not there, and for a list out of bounds', async () => {
    const unknown = await ask('nobody', 'heads { copying }');
    assert.equal(unknown.__typename, 'UnknownModelError');
    assert.match(unknown.message, /no model "nobody"; it knows llama, sample/);
    const { data, errors } = (await post(
      '{ circuits(model: "llama") { ... on Circuits { strongest(kind: K, first: -1) { score } heads { head } } } }',
    )) as unknown as { data: { circuits: { strongest: null; heads: unknown[] } }; errors: object[] };
    assert.equal(data.circuits.strongest, null);
    assert.equal(data.circuits.heads.length, 12);
    assert.match(
      JSON.stringify(errors),
      /`first` is a whole number from 0 to 1000, not -1.*"code":"INPUT","field":"first"/,
    );
  });

  it('are refused where weights are no numbers, rather than sought for ever', async () => {
    const folder = join(server.models, 'broken');
    await cp(referenceFolder('gpt2-plain'), folder, { recursive: true });
    const file = join(folder, 'model.safetensors');
    const bytes = await readFile(file);
    bytes.fill(0xff, 8 + Number(bytes.readBigUInt64LE()));
    await writeFile(file, bytes);
    const copying = await ask('broken', 'heads { copying }');
    assert.equal(copying.__typename, 'CheckpointError', copying.message);
    assert.match(copying.message, /holds NaN in tensor/);
    const composing = await ask('broken', 'strongest(kind: Q) { score }');
    assert.equal(composing.__typename, 'CheckpointError', composing.message);
  });

  it('are told of as failures when the server is busy or stops', async () => {
    for (const [code, type] of [
      ['OVER_CAPACITY', 'OverCapacityError'],
      ['CANCELLED', 'CancelledError'],
    ] as const) {
      const failing = mock.method(server.queue, 'run', async () => {
        throw new TributaryError(code, 'not now');
      });
      await cp(referenceFolder('opt-plain'), join(server.models, code), { recursive: true });
      assert.equal((await ask(code, 'heads { copying }')).__typename, type);
      failing.mock.restore();
    }
  });
});
