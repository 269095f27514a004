/** No document makes the server hold more than one answer may have, or compute what it may not tell. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test';
import { createClient } from 'graphql-ws';
import { Bpe } from '../../src/checkpoint/tokenization/bpe.ts';
import { EventStore } from '../../src/runs/event-store.ts';
import { RunStore } from '../../src/runs/store.ts';
import { postQuery, postSubscription } from '../support/post-query.ts';
import { completed, passed, ScriptedEngine, started } from '../support/scripted-engine.ts';
import { type BareServer, startBareServer } from './harness.ts';

interface Answer {
  /** Null where it is refused. */
  readonly data: Record<string, unknown>;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

const limit = 400_000;
/** Numbers of a list in an event, which is then of some 100 kB. */
const positions = 5000;

describe('an answer that would be too large', () => {
  let server: BareServer;
  let engine: ScriptedEngine;
  let log: string;
  /** Each would have ended the process of a server. */
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  before(() => process.on('unhandledRejection', note));
  after(() => process.off('unhandledRejection', note));
  beforeEach(async () => {
    engine = new ScriptedEngine();
    log = '';
    const write = (line: string) => {
      log += line;
    };
    server = await startBareServer(write, { engine, variables: { MAX_RESPONSE_SIZE: String(limit) } });
  });
  afterEach(async () => {
    mock.restoreAll();
    await server.close();
    assert.deepEqual(unhandled, []);
  });

  const overHttp = async (query: string, variables: object = {}): Promise<Answer> => {
    const response = await postQuery(server.url, query, variables);
    const text = await response.text();
    assert.ok(text.length <= limit);
    return JSON.parse(text) as Answer;
  };
  /** All that is told of an operation. */
  const allOverSocket = async (query: string, variables: object = {}): Promise<Answer[]> => {
    const socket = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const told: Answer[] = [];
    const ended = Promise.withResolvers<void>();
    socket.subscribe(
      { query, variables: variables as Record<string, unknown> },
      { next: (value) => told.push(value as Answer), error: ended.reject, complete: ended.resolve },
    );
    await ended.promise;
    await socket.dispose();
    return told;
  };
  const overSocket = async (query: string, variables: object = {}): Promise<Answer> => {
    const told = await allOverSocket(query, variables);
    assert.equal(told.length, 1);
    return told[0] as Answer;
  };
  const allOverEvents = async (query: string) => (await postSubscription(server.url, query)) as unknown as Answer[];
  const ways = { HTTP: overHttp, WebSocket: overSocket };
  const streams = { WebSocket: allOverSocket, 'server-sent events': allOverEvents };

  /** A completed circulation through two blocks, whose lists are longer than its prompt lets expect. */
  const storedRun = async (): Promise<string> => {
    const begun = await overHttp(
      'mutation { startCirculation(input: { model: "llama", prompt: { tokenIds: [5, 9] } }) { ... on RunPayload { run { id } } } }',
    );
    const { run } = begun.data.startCirculation as { run: { id: string } };
    for (const step of [started, passed(0, positions), passed(1, positions), completed]) engine.step(step);
    engine.end();
    return run.id;
  };

  const assertRefused = (answer: Answer) => {
    assert.ok(answer.data === null, JSON.stringify(answer).slice(0, 300));
    assert.deepEqual(
      answer.errors?.map(({ extensions }) => extensions?.code),
      ['OVER_CAPACITY'],
    );
    assert.ok(answer.errors?.every((error) => !('path' in error)));
    assert.match(String(answer.errors?.[0]?.message), /more than 400000 bytes.*MAX_RESPONSE_SIZE.*select less/);
  };

  const events = (alias = '') => `events { edges { node { ... on LayerCirculated { tracked { ${alias} share } } } } }`;

  for (const [way, ask] of Object.entries(ways)) {
    it(`is refused as a whole, by one error, over ${way}: one run's events under 35 equal ids`, async () => {
      const id = await storedRun();
      const read = mock.method(EventStore.prototype, 'page');
      const found = mock.method(RunStore.prototype, 'find');
      const nodes = (count: number) =>
        ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Run { ${events()} } } }`, {
          ids: Array(count).fill(id),
        });
      assertRefused(await nodes(35));
      assert.equal(read.mock.callCount(), 1, 'they are read once');
      assert.equal(found.mock.callCount(), 1);
      const { data } = await nodes(1);
      for (const calls of [read, found]) calls.mock.resetCalls();
      const aliases = Array.from(
        { length: 30 },
        (_, index) => `r${index}: run(id: "${id}") { events { edges { node { seq } } } }`,
      );
      const shown = await ask(`{ ${aliases.join(' ')} }`);
      assert.equal(Object.keys(shown.data).length, 30);
      assert.equal(read.mock.callCount(), 1);
      assert.equal(found.mock.callCount(), 1);
      const [run] = data.nodes as { events: { edges: { node: { tracked?: { share: number[] }[] } }[] } }[];
      assert.deepEqual(
        run?.events.edges.map(({ node }) => node.tracked?.[0]?.share.length),
        [undefined, positions, positions, undefined],
      );
    });

    it(`is refused over ${way}, whatever makes it large: aliases, fragments, lists, names, texts`, async () => {
      const id = await storedRun();
      const many = (of: (index: number) => string) => Array.from({ length: 20 }, (_, index) => of(index)).join(' ');
      const name = 'a'.repeat(30_000);
      for (const document of [
        `{ ${many((index) => `r${index}: run(id: "${id}") { ${events()} }`)} }`,
        `{ run(id: "${id}") { ${many((index) => `e${index}: ${events()}`)} } }`,
        `{ run(id: "${id}") { ${many((index) => events(`s${index}:`))} } }`,
        `{ run(id: "${id}") { events { edges { node { ... on RunEvent { run { status model { name } } } ... on LayerCirculated { tracked { ${many((index) => `s${index}: share`)} } } } } } } }`,
        `fragment All on Run { ${events()} } { ${many((index) => `r${index}: run(id: "${id}") { ...All }`)} }`,
        `{ model(name: "llama") { ... on Model { ${many((index) => `t${index}: tokenize(text: "${'ab '.repeat(150)}") { tokenId text }`)} } } }`,
        `{ model(name: "llama") { ... on Model { tokenize(text: "ab ab ab ab ab ab ab") { ${name}: tokenId } tokenize(text: "ab ab ab ab ab ab ab") { ${name}: tokenId } } } }`,
        `{ model(name: "llama") { ... on Model { tokenize(text: "ab ab ab ab ab ab ab") { ${name}: __typename } } } }`,
        `query ($model: String!) { ${many((index) => `m${index}: logitAttribution(input: { model: $model, prompt: { tokenIds: [1] } }) { ... on Error { message } }`)} }`,
      ])
        assertRefused(await ask(document, { model: '"'.repeat(8000) }));
      assert.equal(log, '', 'that is no fault of the server');
    });

    it(`is not begun over ${way} where its tensors are known to be too large`, async () => {
      const prompt = `prompt: { tokenIds: [${Array(60).fill(5)}] }`;
      const question = `input: { model: "llama", ${prompt} }`;
      for (const document of [
        `{ logitAttribution(${question}) { ... on LogitAttribution { layers { heads { sources { values } } } } } }`,
        `{ logitAttribution(${question}) { ... on LogitAttribution { ... on LogitAttribution { ...Moves } } } }
          fragment Moves on LogitAttribution { moves(keep: [LAYER, HEAD, TO, FROM]) { base64 } again: moves(keep: [LAYER, HEAD, TO, FROM]) { base64 } }`,
        `{ logitAttributions(input: { model: "llama", ${prompt}, targets: [${Array(64).fill('{}')}] }) {
          ... on LogitAttributions { attributions { tokens { score share token { tokenId text } } } } } }`,
      ])
        assertRefused(await ask(document));
      assert.equal(engine.attributions.length, 0);
      assert.deepEqual((await overHttp('{ runs { edges { cursor } } }')).data, { runs: { edges: [] } });
    });
  }

  it('is begun where the method has no such tensors', async () => {
    const prompt = `prompt: { tokenIds: [${Array(60).fill(5)}] }`;
    const { data } = await overHttp(`{ logitAttribution(input: { model: "llama", ${prompt}, method: OCCLUSION }) {
      ... on LogitAttribution { layers { heads { sources { values } } } moves(keep: [LAYER, HEAD, TO, FROM]) { values } } } }`);
    assert.deepEqual(data.logitAttribution, { layers: null, moves: null });
  });

  for (const [way, follow] of Object.entries(streams)) {
    it(`is one event over ${way}: each is counted for itself, and one that is refused keeps none from coming`, async () => {
      const id = await storedRun();
      const tracked = (fields: string) =>
        follow(
          `subscription { runEvents(runId: "${id}") { ... on RunEvent { seq } ... on LayerCirculated { tracked { ${fields} } } } }`,
        );
      // Two of them are more than the limit.
      const fitting = await tracked('a: share b: share');
      assert.deepEqual(
        fitting.map(({ data }) => (data.runEvents as { seq: number }).seq),
        [0, 1, 2, 3],
      );
      const told = await tracked(Array.from({ length: 20 }, (_, index) => `s${index}: share`).join(' '));
      assert.equal(told.length, 4);
      for (const [seq, answer] of told.entries()) {
        if (seq === 1 || seq === 2) assertRefused(answer);
        else assert.deepEqual(answer.data, { runEvents: { seq } });
      }
      assert.equal(log, '');
    });

    it(`keeps a circulation from starting over ${way} where an event is known to be too large`, async () => {
      // One that begins ends at once, so that nobody waits for it.
      engine.queue = Promise.reject(new Error('It has begun'));
      engine.queue.catch(() => undefined);
      const input = `{ model: "llama", prompt: { tokenIds: [${Array(60).fill(5)}] }, track: [${Array(60).keys().toArray()}] }`;
      const tensors = 'tracked { heads { values } paid { values } received { values } share norm }';
      const told = await follow(
        `subscription { circulation(input: ${input}) { ... on LayerCirculated { ${tensors} } } }`,
      );
      assert.equal(told.length, 1);
      assertRefused(told[0] as Answer);
      assert.equal(engine.circulations, 0);
    });
  }

  it('splits one text once, however many models, ids and aliases ask for it', async () => {
    const model = (await overHttp('{ model(name: "llama") { id } }')).data.model as { id: string };
    const split = mock.method(Bpe.prototype, 'read');
    const ask = (text: string, times: number) => {
      split.mock.resetCalls();
      const aliases = Array.from({ length: 10 }, (_, index) => `t${index}: tokenize(text: $text) { tokenId }`).join(
        ' ',
      );
      return overHttp(`query ($ids: [ID!]!, $text: String!) { nodes(ids: $ids) { ... on Model { ${aliases} } } }`, {
        ids: Array(times).fill(model.id),
        text,
      });
    };
    await ask('the river ran past the bank', 1);
    const once = split.mock.callCount();
    assert.ok(once > 0);
    const { data } = await ask('the bank ran past the river', 40);
    assert.equal((data.nodes as unknown[]).length, 40);
    assert.equal(split.mock.callCount(), once);
  });
});
