/** In which order the queue gives its jobs to runners. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { twoModels } from '../../test/support/queue-fixture.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { AttributionRequest } from '../explain/attribution/result.ts';
import type { CirculationRequest, CirculationStep } from '../explain/circulation/event.ts';
import { Gate } from '../inference/gate.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import type { Ticket } from './engine.ts';
import { attribution } from './kinds/attribution.ts';
import { circulation } from './kinds/circulation.ts';
import { prediction } from './kinds/prediction.ts';
import { JobQueue, type QueueSettings } from './queue.ts';

const target = { position: 1, token: null, against: null };
const short = { inputIds: [72, 101], position: 1, tokens: [], top: 1 };
const circulated: CirculationRequest = { inputIds: [72, 101], track: [0], layers: 2, top: 1, target };
const attributed: AttributionRequest = { inputIds: [72, 101], targets: [target], method: 'FROZEN', selection: {} };
const longer = { ...attributed, targets: new Array(20).fill(target) };

describe('the queue', () => {
  const models = twoModels();
  let a: Snapshot;
  let b: Snapshot;
  before(() => {
    ({ a, b } = models);
  });

  const open = (settings: Partial<QueueSettings> = {}) => {
    const queue = new JobQueue({ workers: 1, threads: 1, queue: 20, weights: 'packed', ...settings });
    return Object.assign(queue, { [Symbol.asyncDispose]: () => queue.close() });
  };
  /** A job of `a` that waits before its second block, too short to stand aside. */
  const held = async (queue: JobQueue) => {
    const gate = new Gate();
    gate.hold(1);
    const reached = Promise.withResolvers<void>();
    const onStep = ({ type }: CirculationStep) => type === 'LAYER' && reached.resolve();
    const ended = queue.run(circulation, a, circulated, { client: 'first', gate, onStep });
    await reached.promise;
    return { gate, ended };
  };
  /** Jobs in the order in which they were put into the queue, and the names of those that have begun. */
  const asking = (queue: JobQueue) => {
    const begun: string[] = [];
    const ended: Promise<unknown>[] = [];
    const ask = async (name: string, client: string, request = attributed, model = a, joining?: string) => {
      const inQueue = Promise.withResolvers<void>();
      const onStart = () => begun.push(name);
      const onQueue = ({ join }: Ticket) => {
        if (joining) join(joining);
        inQueue.resolve();
      };
      ended.push(queue.run(attribution, model, request, { client, onStart, onQueue }));
      await inQueue.promise;
    };
    return { begun, ask, all: () => Promise.all(ended) };
  };

  it('goes round by client, and gives each its short work first', async () => {
    await using queue = open();
    const { gate, ended } = await held(queue);
    const { begun, ask, all } = asking(queue);
    await ask('many 1', 'many', longer);
    await ask('many 2', 'many');
    await ask('many 3', 'many');
    await ask('one', 'one', longer);
    gate.release();
    await Promise.all([ended, all()]);
    // Of those that had nothing yet the one with the shortest comes first; then it is the other's turn.
    assert.deepEqual(begun.slice(0, 2), ['many 2', 'one']);
    assert.equal(begun.at(-1), 'many 1');
  });

  it('begins a job whose turn a second client lends it', async () => {
    await using queue = open();
    const { gate, ended } = await held(queue);
    const { begun, ask, all } = asking(queue);
    for (const name of ['1', '2', '3']) await ask(name, 'first');
    await ask('4', 'first', attributed, a, 'second');
    gate.release();
    await Promise.all([ended, all()]);
    assert.deepEqual(begun, ['4', '1', '2', '3']);
  });

  it('lets those before a job without room that end before there can be some', async () => {
    const footprint = await footprintOf(a.folder);
    const [running = 0, one = 0, two = 0] = [['circulation'], ['forward'], ['forward', 'reverse.FROZEN']].map((sets) =>
      memoryOf(footprint, 'PACKED', sets),
    );
    // For what runs and one set beside it, not for one more set.
    const memory = running + (one + two) / 2;
    await using queue = open({ workers: 2, memory });
    await queue.run(prediction, b, short);
    const { gate, ended } = await held(queue);
    const { begun, ask, all } = asking(queue);
    // It needs two sets of graphs, and has the next turn: its client had nothing yet.
    await ask('large', 'other', attributed, b);
    assert.equal((await queue.run(prediction, b, short, { client: 'first' })).likeliest.length, 1);
    assert.deepEqual(begun, []);
    gate.release();
    await Promise.all([ended, all()]);
    assert.deepEqual(begun, ['large']);
  });

  it('keeps places for clients that have fewer, and refuses with the time until there is one', async () => {
    await using queue = open({ queue: 4 });
    const { gate, ended } = await held(queue);
    const { ask, all } = asking(queue);
    for (const name of ['1', '2', '3']) await ask(name, 'many');
    const refused = (message: RegExp) => (error: { code?: string; message: string; details?: object }) => {
      assert.equal(error.code, 'OVER_CAPACITY');
      assert.match(error.message, message);
      assert.ok(Number((error.details as { retryAfter?: number }).retryAfter) >= 1);
      return true;
    };
    await assert.rejects(
      queue.run(prediction, a, short, { client: 'many' }),
      refused(/3 requests of one client .* share/),
    );
    await ask('4', 'other');
    await assert.rejects(queue.run(prediction, a, short, { client: 'third' }), refused(/4 requests wait already/));
    gate.release();
    await Promise.all([ended, all()]);
  });
});
