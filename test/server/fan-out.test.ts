/** One run that many follow: each is told all of it, what is equal is made once, and who does not read costs nobody else. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { Tokenizer } from '../../src/checkpoint/tokenizer.ts';
import { TributaryClient } from '../../src/client/client.ts';
import type { CirculationStep } from '../../src/explain/circulation/event.ts';
import { EventReader } from '../../src/runs/event-reader.ts';
import { Follower, native, type Told } from '../support/follower.ts';
import { Network } from '../support/network.ts';
import { postQuery } from '../support/post-query.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { completed, passed, ScriptedEngine, started } from '../support/scripted-engine.ts';
import { type BareServer, collect, startBareServer } from './harness.ts';

const small = 'lens { token { text } probability }';
const tensors = 'tracked { share heads { base64 } paid { base64 } }';
/** Asks for every figure, and is told little of them. */
const shapes = `${small} tracked { heads { shape } paid { shape } }`;
const fields = (layer: string) =>
  `__typename ... on RunEvent { seq at run { id } } ... on LayerCirculated { ${layer} }`;
const circulation = (of: string, seed = 70) =>
  `subscription { circulation(input: { model: "llama", prompt: { tokenIds: [5, ${seed}] } }) { ${of} } }`;
const runEvents = (of: string, id: string, last = -1) =>
  `subscription { runEvents(runId: "${id}", after: ${last}) { ${of} } }`;
/** As many positions as make an event of some 3 MB. */
const wide = 60_000;
const blocks = 4;
/** In the log. */
const cutOff = 'a connection is closed, since it reads too slowly';
const whole = ['CirculationStarted', ...Array(blocks).fill('LayerCirculated'), 'CirculationCompleted'];

/** The step of a block, in which every number can be told. */
function readable(layer: number, positions: number): CirculationStep {
  const step = passed(layer, positions);
  const tracked = step.type === 'LAYER' ? step.tracked.map((token) => ({ ...token, norm: token.share })) : [];
  return { ...step, tracked } as CirculationStep;
}

describe('a run that many follow', () => {
  let server: BareServer;
  let engine: ScriptedEngine;
  let log: EventEmitter;
  const sockets: { close(): void }[] = [];
  beforeEach(async () => {
    log = new EventEmitter();
    engine = new ScriptedEngine();
    const run = engine.run.bind(engine);
    engine.run = (...args: Parameters<typeof run>) => {
      const ended = run(...args);
      engine.step(started);
      return ended as never;
    };
    server = await startBareServer((line) => log.emit(JSON.parse(line).msg), {
      engine,
      variables: { MAX_UNSENT_MEMORY: '12MB' },
    });
  });
  afterEach(async () => {
    mock.restoreAll();
    for (const socket of sockets.splice(0)) socket.close();
    await server.close();
  });

  const open = async (url = server.url) => {
    const follower = await Follower.open(url);
    sockets.push(follower);
    return follower;
  };
  /** All of the run, with events that are large or not. */
  const tell = (positions = 2) => {
    const step = engine.step;
    for (let layer = 0; layer < blocks; layer++) step(readable(layer, positions));
    step(completed);
    engine.end();
  };
  /** A completed run. */
  const stored = async (positions = 2, seed = 70) => {
    const follower = await open();
    const ended = follower.follow(circulation(fields(shapes), seed));
    await follower.told(1);
    tell(positions);
    return ((await ended)[0] as Told).run.id;
  };
  const post = async (query: string) => {
    const response = await postQuery(server.url, query);
    return ((await response.json()) as { data: { run: { events: { edges: { node: Told }[] } } } }).data;
  };
  /** How many events have been read for whoever has not been told them yet, or has. */
  const countEvents = () => {
    let count = 0;
    const next = EventReader.prototype.next;
    mock.method(EventReader.prototype, 'next', async function (this: EventReader) {
      const result = await next.call(this);
      if (!result.done) count++;
      return result;
    });
    return () => count;
  };

  it('is told to each in full and in order, over any client, as the run itself has it', async () => {
    const id = await stored(3000);
    const selections = [small, tensors, 'layer', `${small} ${tensors}`, 'elapsed target { token { tokenId } }'].map(
      fields,
    );
    const answers = await Promise.all(
      selections.map(async (of) => (await post(`{ run(id: "${id}") { events { edges { node { ${of} } } } } }`)).run),
    );
    const followers = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const { socket, message } = index % 2 ? await native(server.url) : await Follower.raw(server.url);
        sockets.push(socket);
        const follower = new Follower(socket, message);
        await follower.acknowledged;
        return follower;
      }),
    );
    const told = followers.flatMap((follower) =>
      selections.map(async (of, index) =>
        assert.deepEqual(
          await follower.follow(runEvents(of, id)),
          answers[index]?.events.edges.map(({ node }) => node),
        ),
      ),
    );
    assert.equal((await Promise.all(told)).length, 50);
  });

  it('is executed once for all who select the same of it, and for each other selection once', async () => {
    const id = await stored();
    const token = mock.method(Tokenizer.prototype, 'token');
    const calls = async (queries: string[]) => {
      const known = token.mock.callCount();
      const followers = await Promise.all(queries.map(() => open()));
      const told = await Promise.all(queries.map((query, index) => followers[index]?.follow(query)));
      for (const events of told) assert.equal(events?.length, whole.length);
      return token.mock.callCount() - known;
    };
    const alone = await calls([runEvents(fields(small), id)]);
    assert.ok(alone >= blocks);
    assert.equal(await calls(Array(20).fill(runEvents(fields(`layer ${small}`), id))), alone);
    const others = ['seq', 'elapsed', 'target { rank }'].map((of) => runEvents(fields(`${of} ${small}`), id));
    assert.equal(await calls([...others, ...others]), 3 * alone);
  });

  it('is told to each as its own variables select, wherever they stand in the same document', async () => {
    const id = await stored();
    const selections = [
      ['... on LayerCirculated @include(if: $wanted) { layer }', ''],
      ['...Block @skip(if: $wanted)', 'fragment Block on LayerCirculated { layer }'],
      ['... on LayerCirculated { layer @include(if: $wanted) }', ''],
    ];
    for (const [within = '', fragments = ''] of selections) {
      const query = `subscription ($id: ID!, $wanted: Boolean!) { runEvents(runId: $id) { __typename ${within} } } ${fragments}`;
      const told = [true, false, true].map(async (wanted) =>
        (await (await open()).follow(query, { id, wanted })).some((event) => 'layer' in event),
      );
      const wanted = [true, false, true].map((is) => is !== within.includes('@skip'));
      assert.deepEqual(await Promise.all(told), wanted, within);
    }
  });

  it('is told as it is now to those who ask for that, whatever others were told of the same event', async () => {
    const of = '__typename ... on RunEvent { seq run { id status } }';
    const early = await open();
    const ended = early.follow(circulation(of));
    await early.told(1);
    tell();
    const id = ((await ended)[0] as Told).run.id;
    const late = (await (await open()).follow(runEvents(of, id))) as Told[];
    assert.equal((await ended).length, late.length);
    assert.equal(((await ended)[0] as Told).run.status, 'RUNNING');
    assert.deepEqual(new Set(late.map(({ run }) => run.status)), new Set(['COMPLETED']));
  });

  it('is read no further for a socket that does not read, however many subscriptions it has', async () => {
    const id = await stored(wide);
    const events = countEvents();
    const unread = await open();
    const last = whole.length - 3;
    const queries = Array.from({ length: 30 }, (_, index) => runEvents(fields(`a${index}: ${tensors}`), id, last));
    const all = queries.map((query) => unread.follow(query));
    await unread.told(1);
    unread.pause();
    // Whoever reads is told everything meanwhile.
    const reading = await (await open()).follow(runEvents(fields(tensors), id));
    assert.equal(reading.length, whole.length);
    // What the system's buffers take, and one more.
    assert.ok(events() < whole.length + 15, `${events()} events were read`);
    unread.resume();
    for (const told of await Promise.all(all))
      assert.deepEqual(
        told.map(({ seq }) => seq),
        [last + 1, last + 2],
      );
  });

  it('is read no further for an unread response of server-sent events either', async () => {
    const id = await stored(wide);
    const events = countEvents();
    using unread = new DisposableStack();
    for (let index = 0; index < 5; index++) {
      const connection = unread.use(await RawConnection.open(server.url));
      connection.post(runEvents(fields(`a${index}: ${tensors}`), id), { accept: 'text/event-stream' });
    }
    assert.equal((await (await open()).follow(runEvents(fields(tensors), id))).length, whole.length);
    assert.ok(events() < 6 * whole.length, `${events()} events were read`);
  });

  it('does not wait for another one on the same socket that has nothing to tell', async () => {
    const id = await stored();
    const follower = await open();
    follower.follow(circulation('... on RunEvent { seq }', 71)).catch(() => undefined);
    await follower.told(1);
    assert.equal((await follower.follow(runEvents(fields(small), id))).length, whole.length);
    engine.end();
  });

  it('is cut off from the slowest where too much waits to be sent, who resumes without loss; others go on', async () => {
    const id = await stored(wide);
    const slow = await Promise.all(Array.from({ length: 12 }, () => open()));
    let isCut = false;
    const cut = once(log, cutOff);
    // At once: who is cut off has a few seconds to read why, and on a machine that is busy the next lines may take longer.
    log.once(cutOff, () => {
      isCut = true;
      for (const follower of slow) follower.resume();
    });
    for (const [index, follower] of slow.entries()) {
      if (isCut) break;
      follower.follow(runEvents(fields(`a${index}: ${tensors}`), id)).catch(() => undefined);
      await Promise.race([follower.told(1), follower.closed]);
      if (!isCut) follower.pause();
    }
    const reading = (await open()).follow(runEvents(fields(tensors), id));
    await cut;
    assert.equal((await reading).length, whole.length);
    const closed = await Promise.race(slow.map(async (follower) => ({ follower, ...(await follower.closed) })));
    assert.equal(closed.code, 1013);
    assert.match(closed.reason, /runEvents\(after:/);
    const known = closed.follower.events.map(({ seq }) => seq);
    const rest = await (await open()).follow(runEvents(fields(small), id, known.at(-1)));
    assert.deepEqual([...known, ...rest.map(({ seq }) => seq)], [...whole.keys()]);
  });

  it('is followed by the typed client through that, each event once', async () => {
    const id = await stored(wide);
    const network = await Network.before(server.url);
    const client = new TributaryClient(network.url);
    sockets.push({ close: () => void client.close() }, network);
    const following = client.followRun(id);
    const first = await following.next();
    network.hold();
    const cut = once(log, cutOff);
    const slow = await Promise.all(Array.from({ length: 12 }, () => open()));
    for (const [index, follower] of slow.entries()) {
      follower.follow(runEvents(fields(`a${index}: ${tensors}`), id)).catch(() => undefined);
      await follower.told(1);
      follower.pause();
    }
    await cut;
    network.release();
    const events = [first.value, ...(await collect(following))];
    assert.equal(network.connections, 2);
    assert.deepEqual(
      events.map((event) => event && 'seq' in event && event.seq),
      [...whole.keys()],
    );
  });
});
