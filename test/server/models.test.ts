/** The list of models: what each is, in values that a client knows all of, and what is wrong with those that cannot be used. */
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it, mock } from 'node:test';
import { isEnumType } from 'graphql';
import { schema } from '../../src/api/schema.ts';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import type { Snapshot } from '../../src/checkpoint/fingerprint.ts';
import { safetensorsHeader } from '../../src/checkpoint/random.ts';
import { LogitAttributionDocument, ModelsDocument, TokenizeDocument } from '../../src/client/generated/graphql.ts';
import { largeVocabulary, referenceFolder, referenceNames } from '../reference/reference.ts';
import { queryData } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

interface Described {
  readonly name: string;
  readonly dtypes: readonly string[];
  readonly traits: Readonly<Record<'norm' | 'normPlacement' | 'activation' | 'positions', string | null>>;
}

describe('what a model is', () => {
  let server: TestServer;
  let models: ReadonlyMap<string, Described>;
  before(async () => {
    server = await startTestServer({ MODELS_DIR: dirname(referenceFolder('gpt2-plain')) });
    const query = `{ models(first: 100) { edges { node { name error ... on Model {
      dtypes traits { norm normPlacement activation positions }
    } } } } }`;
    const list = await queryData<{ models: { edges: { node: Described }[] } }>(server.url, query);
    models = new Map(list.models.edges.map(({ node }) => [node.name, node]));
  });
  after(() => server.close());

  it('is told of each by values of enums', () => {
    assert.deepEqual([...models.keys()], [...referenceNames, largeVocabulary].sort());
    const values = (type: string, of: (model: Described) => readonly (string | null)[]) => {
      const known = schema.getType(type);
      assert.ok(isEnumType(known));
      const told = new Set([...models.values()].flatMap(of).filter((value) => value !== null));
      for (const value of told) assert.ok(known.getValue(value), `${type}.${value}`);
      return told;
    };
    const told = {
      NormKind: values('NormKind', ({ traits }) => [traits.norm]),
      NormPlacement: values('NormPlacement', ({ traits }) => [traits.normPlacement]),
      ActivationFunction: values('ActivationFunction', ({ traits }) => [traits.activation]),
      PositionEncoding: values('PositionEncoding', ({ traits }) => [traits.positions]),
      Dtype: values('Dtype', ({ dtypes }) => dtypes),
    };
    for (const [type, all] of Object.entries(told)) assert.ok(all.size > 1, type);
  });

  // As the configurations say it that transformers has made these from.
  for (const [name, ...expected] of [
    ['gpt2-plain', 'LAYER_NORM', 'PRE', 'GELU_TANH', 'LEARNED', 'F32'],
    ['gpt2-tanh', 'LAYER_NORM', 'PRE', 'TANH', 'LEARNED', 'F32'],
    ['opt-gelu-10', 'LAYER_NORM', 'PRE', 'GELU_10', 'LEARNED', 'F32'],
    ['opt-post-options', 'LAYER_NORM', 'POST', 'GELU', 'LEARNED', 'F32'],
    ['llama-grouped', 'RMS_NORM', 'PRE', 'SILU', 'ROTARY', 'F32'],
    ['llama-relu2', 'RMS_NORM', 'PRE', 'RELU2', 'ROTARY', 'F32'],
    ['olmo2-plain', 'RMS_NORM', 'POST', 'SILU', 'ROTARY', 'F32'],
    ['gemma2-softcapped', 'RMS_NORM', 'SANDWICH', 'GELU_TANH', 'ROTARY', 'F32'],
    ['gemma-bfloat16', 'RMS_NORM', 'PRE', 'GELU_TANH', 'ROTARY', 'BF16'],
    ['attention-only-bare', 'NONE', 'NONE', null, 'NONE', 'F32'],
  ] as const)
    it(`is told of ${name} as it is`, () => {
      const model = models.get(name);
      assert.ok(model);
      const { norm, normPlacement, activation, positions } = model.traits;
      assert.deepEqual([norm, normPlacement, activation, positions, ...model.dtypes], expected);
    });

  it('is told of one whose tensors are of several types by all of them', async () => {
    const folder = join(server.models, 'mixed');
    await mkdir(folder, { recursive: true });
    const source = referenceFolder('gpt2-plain');
    for (const file of ['config.json', 'tokenizer.json']) await cp(join(source, file), join(folder, file));
    const { tensors } = await openModelFiles(source);
    const typed = Array.from(tensors.values(), ({ name, shape }) => ({
      name,
      shape,
      dtype: name.includes('ln_') ? ('F64' as const) : name.includes('bias') ? ('F16' as const) : ('BF16' as const),
    }));
    const bytes = { F64: 8, F32: 4, F16: 2, BF16: 2 };
    const size = typed.reduce((sum, { shape, dtype }) => sum + shape.reduce((a, b) => a * b, bytes[dtype]), 0);
    await writeFile(join(folder, 'model.safetensors'), Buffer.concat([safetensorsHeader(typed), Buffer.alloc(size)]));
    const other = await startTestServer({ MODELS_DIR: server.models });
    try {
      const query = '{ model(name: "mixed") { error ... on Model { dtypes } } }';
      assert.deepEqual(await queryData(other.url, query), {
        model: { error: null, dtypes: ['BF16', 'F16', 'F64'] },
      });
    } finally {
      await other.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('a model in the list', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await cp(referenceFolder('gpt2-plain'), join(server.models, 'broken'), { recursive: true });
    await writeFile(join(server.models, 'broken', 'config.json'), '{"model_type": "mamba"}');
  });
  after(() => server.close());

  const list = async () => {
    const { models } = await server.client.request(ModelsDocument, {});
    return models?.edges.map(({ node }) => node) ?? [];
  };

  it('has its status, and why where something is wrong: one list for all', async () => {
    const input = { model: 'llama', prompt: { tokenIds: [5, 9, 70] } };
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, { input });
    assert.equal(logitAttribution.__typename, 'LogitAttribution');
    const stateOf = server.queue.stateOf.bind(server.queue);
    // As after an attempt to load it that failed.
    const failed = { status: 'FAILED', progress: null, error: 'model.safetensors changed', weights: null } as const;
    mock.method(server.queue, 'stateOf', (model: Snapshot) =>
      model.folder.endsWith('sample') ? failed : stateOf(model),
    );
    const all = await list();
    mock.restoreAll();
    assert.deepEqual(
      all.map(({ __typename, name, status }) => [__typename, name, status]),
      [
        ['BrokenModel', 'broken', 'BROKEN'],
        ['Model', 'llama', 'READY'],
        ['Model', 'sample', 'FAILED'],
      ],
    );
    const errors = new Map(all.map(({ name, error }) => [name, error]));
    assert.match(errors.get('broken') ?? '', /mamba/);
    assert.deepEqual([errors.get('llama'), errors.get('sample')], [null, failed.error]);
  });

  it('is the same by its name and by its id, broken or not', async () => {
    for (const { __typename, id, name, status, error } of await list()) {
      const fields = '__typename id ... on ModelEntry { name status error }';
      const query = 'query ($name: String!, $id: ID!) { model(name: $name) { FIELDS } node(id: $id) { FIELDS } }';
      const found = await queryData(server.url, query.replaceAll('FIELDS', fields), { name, id });
      const expected = { __typename, id, name, status, error };
      assert.deepEqual(found, { model: expected, node: expected });
    }
    assert.deepEqual(await queryData(server.url, '{ model(name: "nothing") { name } }'), { model: null });
  });

  it('says why it cannot be asked where it is broken, to a client that wants a model', async () => {
    const { model } = await server.client.request(TokenizeDocument, { model: 'broken', text: 'a' });
    assert.ok(model?.__typename === 'BrokenModel');
    assert.match(model.error ?? '', /mamba/);
  });

  it('is another thing once it is mended, and once it is broken again', async () => {
    const config = join(server.models, 'broken', 'config.json');
    const before = (await list()).find(({ name }) => name === 'broken');
    await rename(config, `${config}.kept`);
    await writeFile(config, await readFile(join(referenceFolder('gpt2-plain'), 'config.json')));
    const mended = (await list()).find(({ name }) => name === 'broken');
    assert.deepEqual([mended?.__typename, mended?.status, mended?.error], ['Model', 'UNLOADED', null]);
    assert.notEqual(mended?.id, before?.id);
    assert.deepEqual(await queryData(server.url, `{ node(id: "${before?.id}") { id } }`), { node: null });
    await rename(`${config}.kept`, config);
    assert.deepEqual(
      (await list()).find(({ name }) => name === 'broken'),
      before,
    );
    assert.deepEqual(await queryData(server.url, `{ node(id: "${mended?.id}") { id } }`), { node: null });
  });
});
