/** What a request would take, told before it runs; and one that would take too much is refused before anything loads. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { postQuery } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

const estimateFields =
  '__typename ... on InputError { field } ... on Estimate { tokens memory weights activations time loadTime runTime memoryBudget timeBudget withinBudget } ... on Error { code message }';
const attribution = `{ logitAttribution(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }) {
  __typename ... on Error { message } ... on LogitAttribution { audit { passed } }
} }`;
const circulation = `subscription { circulation(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }) {
  __typename ... on RunFailed { error { message } }
} }`;

async function ask(server: TestServer, query: string) {
  const response = await postQuery(server.url, query);
  return await response.json();
}

async function estimateOf(server: TestServer, args: string) {
  const { data, errors } = await ask(
    server,
    `{ model(name: "llama") { status ... on Model { estimate(${args}) { ${estimateFields} } } } }`,
  );
  assert.equal(errors, undefined);
  return data.model.estimate;
}

describe('an estimate', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ MAX_MODEL_MEMORY: '1GB', MAX_RUN_TIME: '100' });
  });
  after(() => server.close());
  const prompt = 'prompt: { tokenIds: [5, 9, 70] }';

  it('adds up, is within the budgets that it names, and loads nothing', async () => {
    const estimate = await estimateOf(server, prompt);
    assert.equal(estimate.tokens, 3);
    assert.equal(estimate.memory, estimate.weights + estimate.activations);
    assert.equal(estimate.time, estimate.loadTime + estimate.runTime);
    for (const part of ['weights', 'activations', 'loadTime', 'runTime']) assert.ok(estimate[part] > 0, part);
    assert.deepEqual([estimate.memoryBudget, estimate.timeBudget, estimate.withinBudget], [1e9, 100, true]);
    const { data } = await ask(server, '{ model(name: "llama") { status ... on Model { weights } } }');
    assert.deepEqual({ ...data.model }, { status: 'UNLOADED', weights: null });
  });

  it('is more for everything than for tokens alone, for more targets, for more steps', async () => {
    const tokens = await estimateOf(server, prompt);
    const everything = await estimateOf(
      server,
      `${prompt}, selection: { layers: true, sources: true, residuals: true, neurons: 10, edges: 20, faithfulness: true, agreement: true, paths: 5, ablations: 3 }`,
    );
    assert.ok(everything.time > tokens.time);
    assert.ok(everything.memory > tokens.memory);
    assert.ok((await estimateOf(server, `${prompt}, targets: 5`)).time > tokens.time);
    for (const figure of ['lens: 5', 'totals: true'])
      assert.ok((await estimateOf(server, `${prompt}, selection: { ${figure} }`)).time > tokens.time, figure);
    const steps = (count: number) =>
      estimateOf(server, `${prompt}, method: INTEGRATED_GRADIENTS, options: { steps: ${count} }`);
    assert.ok((await steps(64)).time > (await steps(8)).time);
  });

  it('is of what the method has of the selection, as the request itself is', async () => {
    const [tokens, finer] = await Promise.all(
      ['', ', selection: { paths: 5, ablations: 3, layers: true }'].map((selection) =>
        estimateOf(server, `${prompt}, method: OCCLUSION${selection}`),
      ),
    );
    assert.equal(finer.memory, tokens.memory);
  });

  it('needs no time to load a model that is in memory', async () => {
    assert.match(JSON.stringify(await ask(server, attribution)), /"passed":true/);
    const { data } = await ask(server, '{ model(name: "llama") { status ... on Model { weights } } }');
    assert.deepEqual({ ...data.model }, { status: 'READY', weights: 'LEAN' });
    assert.equal((await estimateOf(server, prompt)).loadTime, 0);
    assert.ok((await estimateOf(server, `${prompt}, method: GRADIENT`)).loadTime > 0);
  });

  it('says what is wrong with what it is asked about', async () => {
    const wrong = async (args: string) => {
      const { __typename, field, message } = await estimateOf(server, args);
      return `${__typename}${field ? ` of ${field}` : ''}: ${message}`;
    };
    assert.match(await wrong('prompt: { tokenIds: [] }'), /^PromptError: .*empty/);
    assert.match(await wrong('prompt: { tokenIds: [123456789] }'), /^PromptError: .*outside of the vocabulary/);
    assert.match(
      await wrong(`${prompt}, targets: 1000000`),
      /^InputError of targets: A request has 1 to 64 targets, not 1000000$/,
    );
    assert.match(await wrong(`${prompt}, targets: 100`), /^InputError of targets: .*, not 100$/);
    assert.match(await wrong(`${prompt}, targets: 0`), /^InputError of targets: /);
    assert.match(await wrong(`${prompt}, selection: { neurons: -1 }`), /^InputError of selection.neurons: .*, not -1$/);
    assert.match(await wrong(`${prompt}, options: { steps: 8 }`), /^InputError of options.steps: FROZEN does not take/);
    assert.match(
      await wrong(`${prompt}, method: INTEGRATED_GRADIENTS, options: { steps: 0 }`),
      /^InputError of options.steps: .* from 1 to 256, not 0$/,
    );
    assert.match(
      await wrong(`${prompt}, method: OCCLUSION, options: { baseline: { tokenId: -5 } }`),
      /^TargetError: .*vocabulary/,
    );
  });
});

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

    it('is refused before anything is loaded, with both figures and both budgets', async () => {
      const figures = new RegExp(
        `needs about [\\d.e-]+ GB of memory, .* that MAX_MODEL_MEMORY allows, and about [\\d.e-]+ s, .* that MAX_RUN_TIME allows\\. Less would take: .*\\. Or allow more by ${name}`,
      );
      const { logitAttribution } = (await ask(server, attribution)).data;
      assert.equal(logitAttribution.__typename, 'OverCapacityError');
      assert.match(logitAttribution.message, figures);
      const response = await postQuery(server.url, circulation, {}, 'text/event-stream');
      assert.match(await response.text(), figures);
      const estimate = await estimateOf(server, 'prompt: { tokenIds: [5, 9, 70] }');
      assert.equal(estimate.withinBudget, false);
      const { data } = await ask(
        server,
        '{ model(name: "llama") { status ... on Model { tokenize(text: "a") { tokenId } } } }',
      );
      assert.equal(data.model.status, 'UNLOADED');
    });
  });
}
