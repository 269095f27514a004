/** What is counted of an answer, beside its JSON. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  execute,
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  parse,
} from 'graphql';
import { referenceFolder } from '../../test/reference/reference.ts';
import {
  answer as attributed,
  completed,
  passed,
  ScriptedEngine,
  started,
} from '../../test/support/scripted-engine.ts';
import { specificationOf } from '../architecture/registry.ts';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import type { AttributionResult, Grains } from '../explain/attribution/result.ts';
import type { CatalogueModel } from '../inference/catalogue.ts';
import type { EventPage } from '../runs/page.ts';
import { wholeOrRefused } from './answer-size.ts';
import { schema } from './schema.ts';

const checkpoint = await openCheckpoint(referenceFolder('llama-grouped'));
const specification = specificationOf(checkpoint);
const model: CatalogueModel = { name: 'm', checkpoint, specification };
const engine = new ScriptedEngine();

/** What is answered, whatever is asked. */
interface Told {
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
  readonly length: number;
}

/** Everything behind the resolvers, and how often something was to be computed. */
function contextOf({ texts, numbers, length }: Told) {
  const number = (index: number) => numbers[index % numbers.length] ?? 0;
  const floats = (size: number) => Float32Array.from({ length: size }, (_, index) => number(index));
  const text = (index: number) => texts[index % texts.length] ?? '';
  const { layerCount, headCount } = specification;
  const input = {
    inputIds: Array(length).fill(1),
    target: { position: 0, token: null, against: null },
    method: 'FROZEN',
  };
  const written = {
    maxTokens: 3,
    sampling: null,
    stopTokens: [],
    stopTexts: [text(0)],
    attribution: { method: 'FROZEN' },
  };
  const record = (kind: string) => ({
    id: kind,
    contentHash: text(0),
    modelName: text(1),
    modelRevision: 'r',
    status: 'COMPLETED',
    createdAt: new Date(0),
    startedAt: null,
    finishedAt: new Date(0),
    error: { code: 'PROMPT', message: text(2) },
    eventCount: layerCount + 3,
    owner: text(1),
    shared: true,
    attempt: 2,
    pinned: true,
    note: text(0),
    storedBytes: 1234,
    promptText: text(0),
    question: { kind, input: { ...input, ...written, track: [0], layers: layerCount, top: 1 } },
  });
  const curve = { drops: [...numbers], area: number(0) };
  const order = { comprehensiveness: curve, sufficiency: curve };
  const both = { direct: number(0), total: number(1) };
  const attention = { attention: both, mlp: both, attentionBias: both, residual: number(2), bias: number(3) };
  const ofAll: Partial<Grains> = {
    layers: Array(layerCount).fill({ ...attention, heads: Array(headCount).fill(both) }),
    residuals: { shape: [layerCount + 1, length], values: floats((layerCount + 1) * length) },
    'moves.TOTAL.LAYER.HEAD': { shape: [layerCount, headCount], values: floats(layerCount * headCount) },
    'moves.TOTAL.LAYER.HEAD.TO.FROM': { shape: [1], values: floats(layerCount * headCount * length ** 2) },
    neurons: Array(layerCount).fill(Array(10).fill({ ...both, neuron: 1, position: 0, activation: number(0) })),
    'edges.TOTAL': Array(20).fill({ layer: 0, head: 0, from: 0, to: 0, weight: number(0), score: number(1) }),
    faithfulness: { ...order, fractions: [0.01], counts: [1], random: order, recency: order },
    agreement: number(4),
  };
  const scripted = attributed({ ...input, targets: [], selection: {} });
  const result: AttributionResult = { ...scripted, tokens: floats(length), positions: floats(length), grains: ofAll };
  const layer = passed(0, length);
  const tracked = {
    ...(layer as { tracked?: readonly object[] }).tracked?.[0],
    norm: floats(length),
    heads: floats(headCount * length),
  };
  const steps = [
    { ...started, tokens: input.inputIds, track: [0] },
    ...Array.from({ length: layerCount }, (_, index) => ({ ...layer, layer: index, tracked: [tracked] })),
    completed,
    { type: 'FAILED', code: text(1), message: text(0) },
  ];
  const eventsOf = (runId: string, all: readonly object[]) =>
    all.map((step, seq) => ({ runId, seq, at: new Date(0), step }));
  const events = eventsOf('CIRCULATION', steps);
  const { target, bias, audit } = result;
  const answerEvents = eventsOf('GENERATION', [
    { type: 'STARTED', tokens: input.inputIds, maxTokens: 3 },
    ...[0, 1, 2].map((index) => ({ type: 'ATTRIBUTED', index, target, tokens: floats(length + index), bias, audit })),
    { type: 'COMPLETED', reason: 'LENGTH', answer: [1, 2, 3], text: text(0) },
  ]);
  let asked = 0;
  const answer = <Value>(value: Value) => {
    asked++;
    return value;
  };
  const tags = texts.map((_, index) => text(index));
  const experiment = { id: 'e', name: text(1), description: text(2), tags, createdAt: new Date(0) };
  const sweep = {
    ...{ id: 's', experimentId: 'e', status: 'RUNNING', rowCount: 9, done: 4, found: 1, failed: 2 },
    ...{ createdAt: new Date(0), finishedAt: null },
  };
  const sweptRow = (index: number) => ({
    ...{ sweepId: 's', index, status: 'FAILED', slots: { a: text(index) }, runId: 'CIRCULATION', found: false },
    error: { code: 'PROMPT', message: text(1) },
  });
  const counted = { count: 3, audited: 2, auditsPassed: number(0) };
  const { tokenizer } = checkpoint;
  const token = (id: number) => ({ id, text: text(id), special: id % 2 === 0 });
  const decode = (ids: readonly number[]) => ids.map(text).join('');
  const told = {
    ...model,
    checkpoint: {
      ...checkpoint,
      folder: '',
      revision: async () => 'r',
      tokenizer: Object.assign(Object.create(tokenizer), { token, decode, encode: () => input.inputIds }),
    },
  };
  return {
    asked: () => asked,
    values: {
      engine,
      catalogue: {
        get: async () => told,
        list: async () => ({ models: [told], broken: [{ name: 'b', error: text(2) }] }),
      },
      sweeps: {
        find: async () => sweep,
        list: async () => [sweep],
        rows: async () => texts.map((_, index) => sweptRow(index)),
        paceOf: () => ({ rowsPerSecond: number(0), secondsLeft: number(1) }),
      },
      runs: {
        find: async (id: string) => record(id),
        isOwn: () => true,
        list: async () => [record('CIRCULATION'), record('LOGIT_ATTRIBUTION'), record('GENERATION')],
        experiments: {
          find: async () => experiment,
          findByName: async () => experiment,
          list: async () => [experiment],
          ofRun: async () => [experiment],
        },
        many: {
          aggregates: async () => ({
            ...counted,
            byStatus: [{ status: 'COMPLETED', count: 3 }],
            byMethod: [{ ...counted, kind: 'CIRCULATION', method: null, meanScore: number(1) }],
          }),
          completions: async (ids: readonly string[]) =>
            new Map(ids.map((id) => [id, { target: { rank: 1, probability: number(2) } }])),
          rowsOf: async (ids: readonly string[]) => ids.map((runId) => ({ runId, slots: { a: text(0) } })),
        },
        placeOf: async () => ({ position: 1, ahead: 2, expectedStart: new Date(0) }),
        eventsOf: async ({ id }: { readonly id: string }, { inverted = false }: EventPage) =>
          answer(id !== 'GENERATION' ? events : inverted ? answerEvents.slice(-1) : answerEvents),
        attributions: {
          read: async () => answer(result),
          ask: async () => answer([{ run: record('LOGIT_ATTRIBUTION'), result }]),
        },
      },
    },
  };
}

/** The answer under a limit; undefined where it is refused. */
async function answered(source: string, context: object, maxAnswerSize: number) {
  const contextValue = { ...context, maxAnswerSize };
  const { data, errors } = wholeOrRefused(
    await execute({ schema, document: parse(source), contextValue }),
    contextValue,
  );
  if (!errors) return JSON.stringify(data);
  assert.deepEqual(
    errors.map(({ extensions, originalError, message }) =>
      extensions.code === 'OVER_CAPACITY' ? '' : (originalError?.stack ?? message),
    ),
    [''],
    source,
  );
  assert.equal(data, null);
  return undefined;
}

/** What may stand in the brackets after a field. */
const calls: Readonly<Record<string, string>> = {
  tokenize: '(text: "a")',
  run: '(id: "CIRCULATION")',
  model: '(name: "m")',
  logitAttribution: '(input: { model: "m", prompt: { tokenIds: [1] } })',
  moves: '(keep: [LAYER, HEAD, TO, FROM])',
  groups: '(by: WORDS)',
};
/** Left out: they need more of what is behind them than their answer shows. */
const leftOut = new Set([
  'estimate',
  'circuits',
  'targetCandidates',
  'logitAttributions',
  'node',
  'nodes',
  'sources',
  'paths',
  'ablations',
]);

const known = new Map<string, fc.Arbitrary<string>>();

/** Selections of an object of this type. */
function selections(type: GraphQLNamedType, depth: number): fc.Arbitrary<string> {
  const key = `${type.name} ${depth}`;
  const made = known.get(key) ?? makeSelections(type, depth);
  known.set(key, made);
  return made;
}

function makeSelections(type: GraphQLNamedType, depth: number): fc.Arbitrary<string> {
  const alias = fc.stringMatching(/^[a-z]{0,40}$/);
  const typename = alias.map((name) => `${name}_: __typename`);
  const inFragments = schema
    .getPossibleTypes(isAbstractType(type) ? type : (schema.getType('Node') as never))
    .filter(() => isAbstractType(type))
    .map((possible) => selections(possible, depth).map((body) => `... on ${possible.name} ${body}`));
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  const selected = fields
    .filter(({ name, type: of }) => !leftOut.has(name) && (depth > 0 || isLeafType(getNamedType(of))))
    .map(({ name, type: of }) => {
      const value = getNamedType(of);
      const body = isLeafType(value) ? fc.constant('') : selections(value, depth - 1);
      // One key, one field: the name stands in it.
      return fc
        .tuple(alias, body)
        .map(([prefix, below]) => `${prefix}_${type.name}_${name}: ${name}${calls[name] ?? ''} ${below}`);
    });
  const parts = [...selected, ...inFragments];
  return fc
    .array(fc.oneof(typename, ...parts, ...parts), { minLength: 2, maxLength: 6 })
    .map((all) => `{ ${all.join(' ')} }`);
}

const told: fc.Arbitrary<Told> = fc.record({
  texts: fc.array(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"\\"', '\n\u0000\u001f', '\ud800', '€😀'), fc.string()),
    { minLength: 3 },
  ),
  numbers: fc.array(
    fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e36, max: 1e36 }), fc.constantFrom(0, -0, 1)),
    { minLength: 3 },
  ),
  length: fc.integer({ min: 1, max: 60 }),
});

describe('the size of an answer', () => {
  it('is counted from above, and never as more than eight times its JSON and 4 kB', async () => {
    const roots = ['run', 'runs', 'runAggregates', 'models', 'model', 'experiments', 'logitAttribution'];
    const type = schema.getQueryType()?.getFields() ?? {};
    const documents = fc
      .constantFrom(...roots)
      .chain((root) =>
        selections(getNamedType((type[root] as GraphQLField<unknown, unknown>).type), 5).map(
          (body) => `{ ${root}${calls[root] ?? ''} ${body} }`,
        ),
      );
    let large = 0;
    await fc.assert(
      fc.asyncProperty(documents, told, async (document, values) => {
        const { values: context } = contextOf(values);
        const json = await answered(document, context, Number.POSITIVE_INFINITY);
        assert.ok(json);
        const bytes = Buffer.byteLength(json);
        if (bytes > 1000) large++;
        assert.equal(await answered(document, context, bytes - 3), undefined, `${document} has ${bytes} bytes`);
        assert.equal(await answered(document, context, 8 * bytes + 4096), json, `${document} has ${bytes} bytes`);
      }),
      { numRuns: 500 },
    );
    assert.ok(large > 30, `${large} of them are large`);
  });

  it('is expected before anything is computed, as about what it becomes', async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => Math.sin(index));
    const { asked, values } = contextOf({ texts: ['a', 'b', 'c'], numbers, length: 60 });
    const attribution = (fields: string) => [
      `{ logitAttribution(input: { model: "m", prompt: { tokenIds: [${Array(60).fill(1)}] } }) { ... on LogitAttribution { ${fields} } } }`,
      `{ run(id: "LOGIT_ATTRIBUTION") { attribution { ${fields} } } }`,
    ];
    for (const document of [
      ...attribution('tokens { score share positionScore token { tokenId position special } }'),
      ...attribution('layers { residual bias heads { head direct total } neurons { neuron activation } }'),
      ...attribution('layers { heads { sources { base64 } } }'),
      ...attribution('layers { heads { ... on HeadAttribution { a: sources { values } b: sources { values } } } }'),
      ...attribution(
        'moves(keep: [FROM, LAYER, TO, HEAD, TO]) { base64 } residuals { values base64 } edges { score weight }',
      ),
      '{ run(id: "CIRCULATION") { events { edges { node { ... on LayerCirculated { tracked { norm heads { values } movement } } } } } } }',
      '{ run(id: "CIRCULATION") { events { edges { node { seq ... on LayerCirculated { tracked { a: heads { base64 } share } } } } } } }',
    ]) {
      const json = await answered(document, values, Number.POSITIVE_INFINITY);
      assert.ok(json);
      const before = asked();
      assert.equal(await answered(document, values, json.length / 3), undefined, document);
      assert.equal(asked(), before, document);
      assert.equal(await answered(document, values, json.length * 4), json, document);
    }
  });
});
