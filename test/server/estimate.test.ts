/** What a request would take, told before it runs; and one that would take too much is refused before anything loads. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { postQuery } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

const estimateFields =
  '__typename ... on InputError { field } ... on Estimate { tokens memory weights activations time loadTime runTime queueTime totalTime memoryBudget timeBudget withinBudget } ... on Error { code message }';
const attribution = `{ logitAttribution(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }) {
  __typename ... on Error { message } ... on LogitAttribution { audit { passed } }
} }`;

async function ask(server: TestServer, query: string) {
  const response = await postQuery(server.url, query);
  return await response.json();
}

async function estimateOf(server: TestServer, input: string) {
  const { data, errors } = await ask(server, `{ estimate(input: { ${input} }) { ${estimateFields} } }`);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.estimate;
}

/** @param asked what the input has beside model and prompt @param selection of the answer */
const attributionOf = (asked = '', selection = '', prompt = 'tokenIds: [5, 9, 70]') =>
  `logitAttribution: { input: { model: "llama", prompt: { ${prompt} } ${asked} } selection: { ${selection} } }`;

describe('an estimate', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ MAX_MODEL_MEMORY: '1GB', MAX_RUN_TIME: '100' });
  });
  after(() => server.close());

  it('adds up, is within the budgets that it names, and loads nothing', async () => {
    const estimate = await estimateOf(server, attributionOf());
    assert.equal(estimate.tokens, 3);
    assert.equal(estimate.memory, estimate.weights + estimate.activations);
    assert.equal(estimate.time, estimate.loadTime + estimate.runTime);
    for (const part of ['weights', 'activations', 'loadTime', 'runTime']) assert.ok(estimate[part] > 0, part);
    assert.deepEqual([estimate.memoryBudget, estimate.timeBudget, estimate.withinBudget], [1e9, 100, true]);
    assert.deepEqual([estimate.queueTime, estimate.totalTime], [0, estimate.time]);
    const { data } = await ask(server, '{ model(name: "llama") { status ... on Model { weights } } }');
    assert.deepEqual({ ...data.model }, { status: 'UNLOADED', weights: null });
  });

  it('is more for everything than for tokens alone, for more steps, for more targets', async () => {
    const tokens = await estimateOf(server, attributionOf());
    const all =
      'layers: true, sources: true, residuals: true, neurons: 10, edges: 20, faithfulness: true, agreement: true, paths: 5, ablations: 3';
    const everything = await estimateOf(server, attributionOf('', all));
    assert.ok(everything.time > tokens.time);
    assert.ok(everything.memory > tokens.memory);
    for (const figure of ['lens: 5', 'totals: true'])
      assert.ok((await estimateOf(server, attributionOf('', figure))).time > tokens.time, figure);
    const steps = (count: number) =>
      estimateOf(server, attributionOf(`method: INTEGRATED_GRADIENTS, options: { steps: ${count} }`));
    assert.ok((await steps(64)).time > (await steps(8)).time);
    const targets = (count: number) =>
      estimateOf(
        server,
        `logitAttributions: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, targets: [${'{},'.repeat(count)}] } }`,
      );
    assert.deepEqual(await targets(1), tokens);
    assert.ok((await targets(5)).time > tokens.time);
  });

  it('of a circulation is by what is followed and what is selected of it', async () => {
    const circulation = (asked: string, figures: string) =>
      estimateOf(
        server,
        `circulation: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70, 3] } ${asked} } ${figures} }`,
      );
    const whole = await circulation('', '');
    assert.equal(whole.tokens, 4);
    assert.deepEqual(await circulation('', 'figures: [LENS, HEADS, PATTERNS]'), whole);
    assert.ok((await circulation('', 'figures: []')).time < whole.time);
    assert.ok((await circulation('layers: 1', '')).time < whole.time);
    assert.ok((await circulation('track: [0, 1, 2, 3]', '')).activations > whole.activations);
  });

  it('of an answer is by how long it may become and whether it is explained, never by what may end it', async () => {
    const generation = (asked = 'maxTokens: 8', beside = '') =>
      estimateOf(
        server,
        `generation: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70, 3] } ${asked} } ${beside} }`,
      );
    const explained = await generation();
    assert.equal(explained.tokens, 4);
    const plain = await generation('maxTokens: 8', 'explained: false');
    assert.ok(plain.time < explained.time);
    assert.ok(plain.memory < explained.memory);
    assert.ok((await generation('maxTokens: 40')).time > explained.time);
    assert.ok((await generation('maxTokens: 40', 'explained: false')).activations > plain.activations);
    assert.ok((await generation('maxTokens: 8, attribution: { method: GRADIENT }')).time > explained.time);
    assert.ok((await generation('maxTokens: 8, attribution: { kind: PROBABILITY }')).time > explained.time);
    for (const nothing of ['stop: { texts: ["a"] }', 'sampling: { seed: 4 }', 'stop: { endOfText: false }'])
      assert.deepEqual(await generation(`maxTokens: 8, ${nothing}`), explained, nothing);
    assert.ok((await generation('maxTokens: 1', 'explained: false')).time < plain.time);
  });

  it('of the lens and of activations is by where they look, and at what', async () => {
    const input = (where: string) => `input: { model: "llama", prompt: { tokenIds: [5, 9, 70, 3] } ${where} }`;
    const lens = (where = '', selection = '') => estimateOf(server, `lens: { ${input(where)} ${selection} }`);
    const whole = await lens();
    assert.equal(whole.tokens, 4);
    assert.ok((await lens('positions: [0, 1, 2, 3]')).time > whole.time);
    assert.ok((await lens('layers: [0]')).time < whole.time);
    assert.ok((await lens('', 'selection: { afterAttention: true }')).time > whole.time);
    const activations = (where: string, selection: string) =>
      estimateOf(server, `activations: { ${input(where)}, selection: { ${selection} } }`);
    const pattern = await activations('', 'pattern: true');
    assert.ok((await activations('', 'pattern: true, scores: true, queries: true')).activations > pattern.activations);
    assert.ok((await activations('layers: [0]', 'pattern: true')).time < pattern.time);
    assert.ok((await activations('', 'pattern: true, logits: true')).time > pattern.time);
  });

  it('of circuits has no tokens, and of candidates those up to where they are predicted', async () => {
    assert.equal((await estimateOf(server, 'circuits: { model: "llama" }')).tokens, 0);
    const candidates = (position: number) =>
      estimateOf(
        server,
        `targetCandidates: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70, 3] }, text: "a", position: ${position} } }`,
      );
    assert.ok((await candidates(0)).time < (await candidates(3)).time);
  });

  it('is of what the method has of the selection, as the request itself is', async () => {
    const [tokens, finer] = await Promise.all(
      ['', 'paths: 5, ablations: 3, layers: true'].map((selection) =>
        estimateOf(server, attributionOf('method: OCCLUSION', selection)),
      ),
    );
    assert.equal(finer.memory, tokens.memory);
  });

  it('needs no time to load a model that is in memory', async () => {
    assert.match(JSON.stringify(await ask(server, attribution)), /"passed":true/);
    const { data } = await ask(server, '{ model(name: "llama") { status ... on Model { weights } } }');
    assert.deepEqual({ ...data.model }, { status: 'READY', weights: 'LEAN' });
    assert.equal((await estimateOf(server, attributionOf())).loadTime, 0);
    assert.ok((await estimateOf(server, attributionOf('method: GRADIENT'))).loadTime > 0);
  });

  it('says what is wrong with what it is asked about, as the operation does', async () => {
    const wrong = async (input: string) => {
      const { __typename, field, message } = await estimateOf(server, input);
      return `${__typename}${field ? ` of ${field}` : ''}: ${message}`;
    };
    assert.match(await wrong(attributionOf('', '', 'tokenIds: []')), /^PromptError: .*empty/);
    assert.match(
      await wrong(attributionOf('', '', 'tokenIds: [123456789]')),
      /^PromptError: .*outside of the vocabulary/,
    );
    assert.match(
      await wrong(attributionOf('', 'neurons: -1')),
      /^InputError of input.logitAttribution.selection.neurons: .*, not -1$/,
    );
    assert.match(
      await wrong(attributionOf('options: { steps: 8 }')),
      /^InputError of input.logitAttribution.input.options.steps: FROZEN does not take/,
    );
    assert.match(
      await wrong(attributionOf('method: INTEGRATED_GRADIENTS, options: { steps: 0 }')),
      /^InputError of input.logitAttribution.input.options.steps: .* from 1 to 256, not 0$/,
    );
    assert.match(
      await wrong(attributionOf('method: OCCLUSION, options: { baseline: { tokenId: -5 } }')),
      /^TargetError: .*vocabulary/,
    );
    const many = (count: number) =>
      `logitAttributions: { input: { model: "llama", prompt: { tokenIds: [5] }, targets: [${'{},'.repeat(count)}] } }`;
    assert.match(
      await wrong(many(100)),
      /^InputError of input.logitAttributions.input.targets: A request has 1 to 64 targets, not 100$/,
    );
    assert.match(await wrong(many(0)), /^InputError of input.logitAttributions.input.targets: /);
    assert.match(
      await wrong('lens: { input: { model: "llama", prompt: { tokenIds: [5] }, layers: [9] } }'),
      /^InputError of input.lens.input.layers.0: /,
    );
    assert.match(
      await wrong('activations: { input: { model: "llama", prompt: { tokenIds: [5] } }, selection: {} }'),
      /^InputError of input.activations.selection: Nothing is selected/,
    );
    assert.match(
      await wrong('generation: { input: { model: "llama", prompt: { tokenIds: [5] }, maxTokens: 65 } }'),
      /^InputError of input.generation.input.maxTokens: .* can have 64, not 65$/,
    );
    assert.match(await wrong('circuits: { model: "nobody" }'), /^UnknownModelError: .*"nobody"/);
    const { errors } = await ask(server, '{ estimate(input: {}) { __typename } }');
    assert.match(JSON.stringify(errors), /EstimateInput/);
  });
});

describe('an estimate while others compute', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ MAX_QUEUE: '2' });
  });
  after(() => server.close());

  it('tells how long it would wait, and that there is no place', async () => {
    const occlusion = (seed: number) =>
      `mutation { startLogitAttribution(input: { model: "llama", prompt: { tokenIds: [${`${seed}, 9, 70, `.repeat(10)}] }, method: OCCLUSION }) { __typename } }`;
    const [free, long] = await Promise.all([
      estimateOf(server, attributionOf()),
      estimateOf(server, attributionOf('method: OCCLUSION', '', `tokenIds: [${'1, 9, 70, '.repeat(10)}]`)),
    ]);
    assert.deepEqual([free.queueTime, long.queueTime], [0, 0]);
    server.queue.watched = ['attribution'];
    server.queue.holdBefore = 1;
    await ask(server, occlusion(1));
    while (server.queue.gates.length < 1) await new Promise(setImmediate);
    await ask(server, occlusion(2));
    while (server.queue.gates.length < 2) await new Promise(setImmediate);
    const waits = await estimateOf(
      server,
      attributionOf('method: OCCLUSION', '', `tokenIds: [${'3, 9, 70, '.repeat(20)}]`),
    );
    // By its client's turns it comes after the one that waits.
    assert.ok(waits.queueTime > 0);
    assert.equal(waits.totalTime, waits.queueTime + waits.time);
    await ask(server, occlusion(3));
    while (server.queue.gates.length < 3) await new Promise(setImmediate);
    const full = await estimateOf(server, attributionOf());
    assert.deepEqual([full.queueTime, full.totalTime, full.withinBudget], [null, null, true]);
    server.queue.holdBefore = -1;
    for (const gate of server.queue.gates) gate.release();
  });
});

/** Each operation, and what is estimated of it. */
const operations: Readonly<Record<string, readonly [operation: string, estimate: string]>> = {
  'a logit attribution': [attribution, attributionOf()],
  'one with everything': [
    `{ logitAttribution(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }) { __typename ... on Error { message }
      ... on LogitAttribution {
        layers { layer } paths(first: 5) { longer } ablations(first: 3) { drop } faithfulness { counts agreement }
      } } }`,
    attributionOf('', 'layers: true, paths: 5, ablations: 3, faithfulness: true, agreement: true'),
  ],
  'an occlusion': [
    '{ logitAttribution(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, method: OCCLUSION }) { __typename ... on Error { message } } }',
    attributionOf('method: OCCLUSION'),
  ],
  'several targets': [
    '{ logitAttributions(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, targets: [{}, { position: 1 }] }) { __typename ... on Error { message } ... on LogitAttributions { attributions { faithfulness { counts } } } } }',
    'logitAttributions: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, targets: [{}, { position: 1 }] }, selection: { faithfulness: true } }',
  ],
  'a circulation': [
    'subscription { circulation(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }) { __typename ... on RunFailed { error { message } } ... on LayerCirculated { lens { rank } } } }',
    'circulation: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }, figures: [LENS] }',
  ],
  'an answer': [
    'subscription { generation(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, maxTokens: 9 }) { __typename ... on RunFailed { error { message } } ... on TokenGenerated { text } } }',
    'generation: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, maxTokens: 9 }, explained: false }',
  ],
  'an answer that is explained': [
    'subscription { generation(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, maxTokens: 9 }) { __typename ... on RunFailed { error { message } } ... on TokenAttributed { scores } } }',
    'generation: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, maxTokens: 9 } }',
  ],
  circuits: [
    '{ circuits(model: "llama") { __typename ... on Error { message } ... on Circuits { heads { copying } } } }',
    'circuits: { model: "llama", composition: [] }',
  ],
  activations: [
    '{ activations(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }) { __typename ... on Error { message } ... on Activations { layers { z { shape } } } } }',
    'activations: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }, selection: { z: true } }',
  ],
  'a lens': [
    '{ lens(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }) { __typename ... on Error { message } ... on Lens { layers { afterBlock { entropy top(first: 5) { rank } tokens { rank } } } } } }',
    'lens: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } } }',
  ],
  'target candidates': [
    '{ targetCandidates(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, text: "a" }) { __typename ... on Error { message } ... on TargetCandidates { likeliest { rank } } } }',
    'targetCandidates: { input: { model: "llama", prompt: { tokenIds: [5, 9, 70] }, text: "a" } }',
  ],
};

for (const [name, value] of [
  ['MAX_RUN_TIME', '0.0000001'],
  ['MAX_MODEL_MEMORY', '1KB'],
] as const) {
  describe(`a request over ${name}`, () => {
    let server: TestServer;
    before(async () => {
      server = await startTestServer({ [name]: value });
    });
    after(() => server.close());

    for (const [what, [operation, estimated]] of Object.entries(operations)) {
      it(`is refused before anything is loaded, with the figures of its estimate and both budgets: ${what}`, async () => {
        const estimate = await estimateOf(server, estimated);
        assert.equal(estimate.withinBudget, false);
        const response = await postQuery(
          server.url,
          operation,
          {},
          operation.startsWith('sub') ? 'text/event-stream' : undefined,
        );
        const answer = await response.text();
        const figures =
          /needs about ([\d.e-]+) GB of memory, .* that MAX_MODEL_MEMORY allows, and about ([\d.e-]+) s, .* that MAX_RUN_TIME allows\. Less would take: .*\. Or allow more by (\w+)/;
        const [, memory, time, setting] = figures.exec(answer) ?? assert.fail(answer);
        assert.deepEqual(
          [memory, time, setting],
          [String(Number((estimate.memory / 1e9).toPrecision(3))), String(Number(estimate.time.toPrecision(2))), name],
        );
        const { data } = await ask(server, '{ model(name: "llama") { status } }');
        assert.equal(data.model.status, 'UNLOADED');
      });
    }
  });
}
