/** A logit attribution as it runs: over a real WebSocket and as server-sent events, each event when its block is passed. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { parse, print } from 'graphql';
import type { RunEvent } from '../../src/client/client.ts';
import {
  AttributedLayersDocument,
  type AttributedLayersQuery,
  CancelRunDocument,
  LiveLogitAttributionDocument,
  LogitAttributionDocument,
  type LogitAttributionEventPartsFragment,
  type LogitAttributionInput,
  RunDocument,
  RunEventsDocument,
  RunsDocument,
  StartLogitAttributionsDocument,
  StoredEventsDocument,
} from '../../src/client/generated/graphql.ts';
import { postQuery } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer, untimed } from './harness.ts';

const prompt = { text: 'When Mary and John went to the store, John gave a drink to' };
const mary = { token: { text: ' Mary' } };
const blocks = 4;
type Event = LogitAttributionEventPartsFragment;

/** Another question each time. */
let seed = 0;
const another = (): LogitAttributionInput => ({
  model: 'sample',
  prompt: { tokenIds: [5, 9, 70, 3, 42, 100 + seed++] },
  target: { token: { tokenId: 7 } },
});

/** Its type and, of a block, which. */
const outline = (events: readonly RunEvent[]) =>
  events.map((event) => ('layer' in event ? `${event.__typename} ${event.layer}` : event.__typename));
const layers = [...Array(blocks).keys()];
const whole = [
  'AttributionStarted',
  ...layers.map((layer) => `LayerPassed ${layer}`),
  ...layers.toReversed().map((layer) => `LayerAttributed ${layer}`),
  'AttributionCompleted',
];
const runOf = (event: RunEvent | undefined) => (event && 'run' in event ? event.run.id : '');

type Answer = Extract<AttributedLayersQuery['logitAttribution'], { __typename: 'LogitAttribution' }>;

/** What was told of the blocks, against the answer: totals to the last bit, provisional figures to rounding. */
function compareLayers(events: readonly Event[], { layers }: Answer): void {
  const completed = events.at(-1);
  assert.ok(completed?.__typename === 'AttributionCompleted');
  for (const event of events) {
    if (event.__typename === 'LayerPassed') {
      const direct = layers?.[event.layer]?.attention.direct ?? Number.NaN;
      const scaled = (event.provisional?.attention ?? Number.NaN) * (completed.normScale ?? Number.NaN);
      assert.ok(Math.abs(scaled - direct) <= 1e-5 * Math.max(1, Math.abs(direct)), `${scaled} and ${direct}`);
      assert.equal(event.lens.length, 5);
    }
    if (event.__typename !== 'LayerAttributed') continue;
    const expected = layers?.[event.layer];
    const { attention, mlp, attentionBias, residual, bias, heads } = event;
    assert.deepEqual(
      { attention, mlp, attentionBias, residual, bias, heads },
      {
        attention: expected?.attention,
        mlp: expected?.mlp,
        attentionBias: expected?.attentionBias,
        residual: expected?.residual,
        bias: expected?.bias,
        heads: expected?.heads.map(({ head, direct, total }) => ({ head, direct, total })),
      },
    );
  }
}

describe('a logit attribution as a subscription', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    server.queue.watched = ['attribution'];
  });
  after(() => server.close());
  afterEach(() => {
    server.queue.holdBefore = -1;
  });

  const live = (input: LogitAttributionInput) => server.client.subscribe(LiveLogitAttributionDocument, { input });
  const all = async (input: LogitAttributionInput) =>
    (await collect(live(input))).map(({ logitAttribution }) => logitAttribution);
  const resumed = async (runId: string, after?: number) =>
    (await collect(server.client.subscribe(RunEventsDocument, { runId, after: after ?? null }))).map(
      ({ runEvents }) => runEvents,
    );
  /** So many of its events. */
  const take = async (events: ReturnType<typeof live>, count: number) => {
    const taken: Event[] = [];
    while (taken.length < count) taken.push((await events.next()).value?.logitAttribution as Event);
    return taken;
  };

  it('tells of each block on the way up and on the way down when it is passed, and nothing before', async () => {
    server.queue.holdBefore = blocks - 1;
    const events = live({ model: 'sample', prompt, target: mary });
    const up = await take(events, blocks);
    assert.deepEqual(outline(up), whole.slice(0, blocks));
    const next = events.next();
    const { run } = await server.client.request(RunDocument, { id: runOf(up[0]) });
    assert.deepEqual([run?.status, run?.eventCount], ['RUNNING', blocks]);
    assert.equal(await Promise.race([next.then(() => 'an event'), Promise.resolve('nothing')]), 'nothing');
    // Lets the last block go, and holds the first one on the way down.
    server.queue.lastGate?.hold(0);
    const down = [(await next).value?.logitAttribution as Event, ...(await take(events, blocks - 1))];
    assert.deepEqual(outline(down), whole.slice(blocks, 2 * blocks));
    const last = events.next();
    assert.equal(await Promise.race([last.then(() => 'an event'), Promise.resolve('nothing')]), 'nothing');
    server.queue.lastGate?.release();
    const rest = [(await last).value?.logitAttribution as Event, ...(await take(events, 1))];
    assert.deepEqual(outline([...up, ...down, ...rest]), whole);
    assert.equal((await events.next()).done, true);
    const { run: ended } = await server.client.request(RunDocument, { id: runOf(up[0]) });
    assert.deepEqual([ended?.status, ended?.eventCount], ['COMPLETED', whole.length]);
  });

  it('is the same live, for who joins on the way down, in a replay, and resumed after any event', async () => {
    server.queue.holdBefore = blocks - 1;
    const input = another();
    const first = live(input);
    const begun = await take(first, 2);
    server.queue.lastGate?.hold(1);
    begun.push(...(await take(first, blocks + 1)));
    assert.equal(outline(begun).at(-1), 'LayerAttributed 2');
    const id = runOf(begun[0]);
    const joined = all(input);
    const followed = resumed(id, 3);
    server.queue.lastGate?.release();
    const events = [...begun, ...(await collect(first)).map(({ logitAttribution }) => logitAttribution)];
    assert.deepEqual(outline(events), whole);
    assert.deepEqual(
      events.map((event) => 'seq' in event && event.seq),
      [...whole.keys()],
      'dense from 0',
    );
    assert.deepEqual(await joined, events);
    assert.deepEqual(await followed, events.slice(4));
    assert.deepEqual(await all(input), events);
    for (const seq of events.keys()) assert.deepEqual(await resumed(id, seq), events.slice(seq + 1));
    assert.deepEqual(await collect(server.client.followRun(id)), events);
    const { run } = await server.client.request(StoredEventsDocument, { id });
    assert.deepEqual(
      run?.events?.edges.map(({ node: { __typename, seq, at } }) => ({ __typename, seq, at })),
      events.map((event) => 'seq' in event && { __typename: event.__typename, seq: event.seq, at: event.at }),
    );
  });

  it('is the run of the query, with its figures to the last bit, whichever was first', async () => {
    for (const queriedFirst of ['layers', 'tokens', undefined]) {
      const input = another();
      const tokens = async () => (await server.client.request(LogitAttributionDocument, { input })).logitAttribution;
      const grains = async () =>
        (await server.client.request(AttributedLayersDocument, { input, neurons: 0, edges: 0 })).logitAttribution;
      const early = queriedFirst === 'layers' ? await grains() : queriedFirst === 'tokens' ? await tokens() : undefined;
      const events = await all(input);
      assert.deepEqual(outline(events), whole);
      const answer = await tokens();
      const finer = await grains();
      assert.ok(answer.__typename === 'LogitAttribution' && finer.__typename === 'LogitAttribution');
      for (const found of [answer, finer]) assert.equal(found.run.id, runOf(events[0]));
      if (early) {
        assert.ok(early.__typename === 'LogitAttribution');
        assert.equal(early.run.id, answer.run.id);
        assert.deepEqual(
          early.tokens.map(({ score }) => score),
          answer.tokens.map(({ score }) => score),
        );
        if ('layers' in early) assert.deepEqual(early.layers, finer.layers);
      }
      const completed = events.at(-1);
      assert.ok(completed?.__typename === 'AttributionCompleted');
      const { target, bias, intercept, audit } = answer;
      assert.deepEqual(
        { target: completed.target, bias: completed.bias, intercept: completed.intercept, audit: completed.audit },
        { target, bias, intercept, audit },
      );
      assert.deepEqual(completed.tokens, answer.tokens);
      compareLayers(events, finer);
    }
  });

  it('tells its progress to who follows a query, and adds what they select once that is over', async () => {
    server.queue.holdBefore = 2;
    const input = another();
    const answer = server.client.request(LogitAttributionDocument, { input });
    const bare = parse(`subscription Bare($input: LogitAttributionInput!) { logitAttribution(input: $input) {
      __typename
      ... on RunEvent { seq run { id } }
      ... on LayerPassed { layer }
      ... on AttributionCompleted { attribution { layers { layer } } }
    } }`);
    const progress = server.client.subscribe<{ logitAttribution: RunEvent }, Record<string, unknown>>(bare as never, {
      input,
    });
    const seen: RunEvent[] = [];
    while (seen.length < 3) seen.push((await progress.next()).value?.logitAttribution as RunEvent);
    assert.deepEqual(outline(seen), whole.slice(0, 3));
    const figures = all(input);
    server.queue.holdBefore = -1;
    server.queue.lastGate?.release();
    const { logitAttribution } = await answer;
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    seen.push(...(await collect(progress)).map(({ logitAttribution }) => logitAttribution));
    assert.equal(seen.length, whole.length);
    assert.deepEqual((seen.at(-1) as { attribution?: unknown }).attribution, {
      layers: layers.map((layer) => ({ layer })),
    });
    const events = await figures;
    assert.deepEqual(outline(events), whole);
    assert.equal(runOf(events[0]), logitAttribution.run.id);
    const [, passed] = events;
    assert.ok(passed?.__typename === 'LayerPassed' && passed.provisional && passed.lens.length === 5);
  });

  it('ends what is added to a stored run when the one leaves who waits for it, and adds it for the next', async () => {
    const input = another();
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, { input });
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    const { id } = logitAttribution.run;
    server.queue.holdBefore = 1;
    const before = server.queue.gates.length;
    const events = live(input);
    const waiting = events.next();
    while (server.queue.gates.length === before) await server.client.request(RunDocument, { id });
    const cancelled = new Promise<void>((resolve) => {
      server.queue.lastGate?.follow(({ cancelled }) => cancelled && resolve());
    });
    await events.return?.();
    await cancelled;
    assert.equal((await waiting).done, true);
    server.queue.holdBefore = -1;
    const told = await all(input);
    assert.deepEqual(outline(told), whole);
    assert.equal(runOf(told[0]), id);
  });

  it('computes the same figures anew after its run was deleted', async () => {
    const input = another();
    const once = await all(input);
    const { DeleteRunDocument } = await import('../../src/client/generated/graphql.ts');
    await server.client.request(DeleteRunDocument, { id: runOf(once[0]) });
    const again = await all(input);
    assert.notEqual(runOf(again[0]), runOf(once[0]));
    assert.deepEqual(again.map(untimed), once.map(untimed));
  });

  it('ends with the cancellation, on the way down too, and runs anew when it is asked again', async () => {
    server.queue.holdBefore = blocks - 1;
    const input = another();
    const events = live(input);
    const seen = await take(events, 1);
    server.queue.lastGate?.hold(1);
    seen.push(...(await take(events, blocks + 1)));
    const { cancelRun } = await server.client.request(CancelRunDocument, { id: runOf(seen[0]) });
    assert.equal(cancelRun.__typename, 'RunPayload');
    seen.push(...(await collect(events)).map(({ logitAttribution }) => logitAttribution));
    const passed = outline(seen);
    assert.equal(passed.at(-1), 'RunCancelled');
    assert.deepEqual(passed.slice(0, -1), whole.slice(0, passed.length - 1));
    server.queue.holdBefore = -1;
    const again = await all(input);
    assert.notEqual(runOf(again[0]), runOf(seen[0]));
    assert.deepEqual(outline(again), whole);
    assert.deepEqual(await resumed(runOf(seen[0])), seen, 'what it told stays');
  });

  it('is the same as server-sent events', async () => {
    const input = another();
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: print(LiveLogitAttributionDocument), variables: { input } }),
    });
    const text = await response.text();
    const events = [...text.matchAll(/^event: next\ndata: (.*)$/gm)].map(
      ([, data = '']) => (JSON.parse(data) as { data: { logitAttribution: Event } }).data.logitAttribution,
    );
    assert.match(text, /event: complete/);
    assert.deepEqual(outline(events), whole);
    assert.deepEqual(events, await all(input));
  });

  it('counts the tokens, steps or blocks of methods that do not go back through the blocks', async () => {
    const { prompt } = another();
    const asked = [
      ['OCCLUSION', 'TOKENS', 6],
      ['INTEGRATED_GRADIENTS', 'STEPS', 3],
      ['ATTENTION_ROLLOUT', 'BLOCKS', blocks],
    ] as const;
    for (const [method, unit, total] of asked) {
      const options = method === 'INTEGRATED_GRADIENTS' ? { options: { steps: 3 } } : {};
      const events = await all({ model: 'sample', prompt, method, ...options });
      const [started, ...rest] = events;
      assert.ok(started?.__typename === 'AttributionStarted');
      assert.deepEqual(
        [started.unit, started.total, started.throughBlocks, started.requested.token],
        [unit, total, false, null],
      );
      const done = rest.slice(0, -1).map((event) => (event.__typename === 'AttributionProgressed' ? event.done : 0));
      assert.equal(done.at(-1), total);
      const completed = rest.at(-1);
      assert.ok(completed?.__typename === 'AttributionCompleted');
      assert.equal(completed.normScale, null);
      assert.deepEqual(await collect(server.client.followRun(runOf(started))), events);
    }
  });

  it('tells of each of several targets by itself, though they share their passes', async () => {
    const { model, prompt } = another();
    const targets = [7, 8, 9].map((tokenId) => ({ token: { tokenId } }));
    const before = server.queue.gates.length;
    const { startLogitAttributions: started } = await server.client.request(StartLogitAttributionsDocument, {
      input: { model, prompt, targets },
    });
    assert.ok(started.__typename === 'RunsPayload');
    assert.equal(new Set(started.runs.map(({ id }) => id)).size, targets.length);
    const told = await Promise.all(started.runs.map(({ id }) => collect(server.client.followRun(id))));
    assert.equal(server.queue.gates.length, before + 1, 'one job');
    const provisional = told.map((events) => {
      assert.deepEqual(outline(events), whole);
      const passed = events[1];
      assert.ok(passed?.__typename === 'LayerPassed');
      return passed.provisional?.attention;
    });
    assert.equal(new Set(provisional).size, targets.length);
    for (const [index, events] of told.entries()) {
      const completed = events.at(-1);
      assert.ok(completed?.__typename === 'AttributionCompleted');
      assert.equal(completed.target.token.tokenId, 7 + index);
      const alone = await all({ model, prompt, target: targets[index] });
      assert.deepEqual(alone, events, 'it is the run of that target');
    }
  });

  it('tells nothing provisional of a target that is the choice of the model', async () => {
    const { target: _, ...input } = another();
    for (const event of await all(input)) if (event.__typename === 'LayerPassed') assert.equal(event.provisional, null);
  });

  it('says of a stored run what it does not tell, where it is only read', async () => {
    const input = another();
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, { input });
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    const { id } = logitAttribution.run;
    const read = (field: string) =>
      postQuery(
        server.url,
        `{ run(id: "${id}") { events { edges { node { ... on LayerPassed { ${field} } } } } } }`,
      ).then((response) => response.text());
    const refused = await read('provisional { attention }');
    assert.match(refused, /RUN_STATE/);
    assert.match(refused, /does not tell PROVISIONAL yet/);
    assert.doesNotMatch(await read('layer'), /errors/);
    await collect(server.client.followRun(id));
    assert.doesNotMatch(await read('provisional { attention }'), /errors/);
    assert.doesNotMatch(await read('lens(first: 5) { rank }'), /errors/);
    assert.match(await read('lens(first: 6) { rank }'), /does not tell LENS of 6 tokens yet/);
  });

  it('refuses a lens of a count out of bounds, whoever asks for it, and starts nothing', async () => {
    const lens = '... on LayerPassed { lens(first: 1001) { rank } }';
    const wrong = '__typename ... on InputError { field message }';
    const input = another();
    const told = async (query: string, variables: Record<string, unknown>) => {
      const events = await (await postQuery(server.url, query, variables, 'text/event-stream')).text();
      return events.match(/^data: {.*/gm)?.map((line) => Object.values(JSON.parse(line.slice(6)).data)[0]);
    };
    const error = { field: 'first', message: '`first` is a whole number from 0 to 1000, not 1001' };
    const refused = [{ __typename: 'InputError', ...error }];
    const question = `subscription ($input: LogitAttributionInput!) { logitAttribution(input: $input) { ${wrong} ${lens} } }`;
    const newest = async () => (await server.client.request(RunsDocument, { first: 1 })).runs?.edges[0]?.node.id;
    const before = await newest();
    assert.deepEqual(await told(question, { input }), refused);
    assert.deepEqual(await newest(), before);
    const [started] = await all(input);
    const runId = runOf(started);
    const following = `subscription ($runId: ID!) { runEvents(runId: $runId) { ${wrong} ${lens} } }`;
    assert.deepEqual(await told(following, { runId }), refused);
    const list = `query ($runId: ID!) { run(id: $runId) { id events(first: 9) { edges { node { ${lens} } } } } }`;
    const { data, errors } = (await (await postQuery(server.url, list, { runId })).json()) as {
      data: unknown;
      errors: { message: string; path: string[]; extensions: object }[];
    };
    assert.deepEqual(data, { run: { id: runId, events: null } });
    assert.deepEqual(
      errors.map(({ message, path, extensions }) => ({ message, path, extensions })),
      [{ message: error.message, path: ['run', 'events'], extensions: { code: 'INPUT', field: error.field } }],
    );
  });

  it('says what is wrong with the question as its first and only event', async () => {
    const faults: [Partial<LogitAttributionInput>, string][] = [
      [{ model: 'gpt5' }, 'UnknownModelError'],
      [{ prompt: { tokenIds: [] } }, 'PromptError'],
      [{ target: { position: 99 } }, 'TargetError'],
    ];
    for (const [fault, type] of faults) assert.deepEqual(outline(await all({ ...another(), ...fault })), [type]);
  });
});
