import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { WatchedRunners } from '../../test/support/watched-runners.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { initModel } from '../cli/models/init.ts';
import { TributaryError } from '../errors.ts';
import type { ActivationsRequest } from '../explain/activations/result.ts';
import type { AttributionRequest } from '../explain/attribution/result.ts';
import type { CirculationStep } from '../explain/circulation/event.ts';
import { Gate } from '../inference/gate.ts';
import { Estimator } from './capacity/estimator.ts';
import { type Footprint, footprintOf, memoryOf } from './capacity/memory.ts';
import { passesThatPay } from './capacity/packing.ts';
import { activations } from './kinds/activations.ts';
import { attribution } from './kinds/attribution.ts';
import { circuits } from './kinds/circuits.ts';
import { circulation } from './kinds/circulation.ts';
import { prediction } from './kinds/prediction.ts';
import { JobQueue, type QueueSettings } from './queue.ts';

const inputIds = [72, 101, 108, 108, 111];
const target = { position: 4, token: null, against: null };
const short = { inputIds, position: 4, tokens: [], top: 1 };
const attributionRequest: AttributionRequest = { inputIds, targets: [target], method: 'GRADIENT', selection: {} };
/** What jobs this short keep is less. */
const room = 2e6;

describe("a model's weights", () => {
  let models: Awaited<ReturnType<typeof temporaryFolder>>;
  let model: Snapshot;
  let footprint: Footprint;
  let runners: WatchedRunners;
  let queue: JobQueue;
  before(async () => {
    models = await temporaryFolder();
    const shape = { seed: 1, dtype: 'BF16', width: 256, layers: 2, heads: 2, neurons: 1024 } as const;
    model = await initModel(models.path, 'llama', 'model', shape);
    footprint = await footprintOf(model.folder);
  });
  after(() => models[Symbol.asyncDispose]());
  beforeEach(async () => {
    runners = await WatchedRunners.start();
  });
  afterEach(async () => {
    await queue.close();
    await runners[Symbol.asyncDispose]();
  });

  const open = (settings: Partial<QueueSettings> = {}) => {
    queue = new JobQueue({ workers: 1, threads: 1, queue: 10, ...settings });
  };
  const weights = () => queue.stateOf(model).weights;
  const logit = async () => (await queue.run(prediction, model, short)).likeliest[0]?.logit ?? Number.NaN;
  const askUntilPacked = async () => {
    for (let passes = 0; passes < passesThatPay; passes++) await logit();
  };

  it('are lean for the first answers, and packed in the same process when it was asked enough', async () => {
    open();
    assert.equal(weights(), null);
    const lean = await logit();
    assert.equal(weights(), 'LEAN');
    const { pids, open: sessions } = runners;
    await askUntilPacked();
    assert.equal(weights(), 'PACKED');
    assert.ok(Math.abs((await logit()) - lean) <= 1e-6 * Math.max(1, Math.abs(lean)));
    assert.deepEqual(runners.pids, pids);
    assert.equal(runners.open, sessions, 'the lean sessions are gone');
  });

  it('stay lean however often is asked what has sessions of its own, which are lean in any case', async () => {
    open();
    await logit();
    const looked: ActivationsRequest = { inputIds, layers: [0, 1], heads: null, positions: [4], names: ['z'] };
    for (let passes = 0; passes < passesThatPay; passes++) await queue.run(activations, model, looked);
    await queue.run(circuits, model, { copying: true, composition: ['Q', 'K', 'V'] });
    await logit();
    assert.equal(weights(), 'LEAN');
  });

  it('are lean again, in a new process, for a job for which there is no room beside packed ones', async () => {
    open({ memory: memoryOf(footprint, 'PACKED', ['forward']) + room });
    await askUntilPacked();
    assert.equal(weights(), 'PACKED');
    const { pids } = runners;
    const [{ audit } = assert.fail()] = await queue.run(attribution, model, attributionRequest);
    assert.ok(Number.isFinite(audit.sum));
    assert.equal(weights(), 'LEAN');
    assert.notDeepEqual(runners.pids, pids);
  });

  it('are lean for ever where there is no room for packed ones, of which a queue that must have them refuses the job', async () => {
    const memory = memoryOf(footprint, 'LEAN', ['forward']) + room;
    assert.ok(memory < memoryOf(footprint, 'PACKED', ['forward']));
    open({ memory });
    await askUntilPacked();
    assert.equal(weights(), 'LEAN');
    const { activations, weights: bytes } = await queue.estimate(prediction, model, short);
    assert.ok(bytes + activations <= memory);
    await queue.close();
    open({ memory, weights: 'packed' });
    await assert.rejects(logit(), { code: 'OVER_CAPACITY', message: /MAX_MODEL_MEMORY.* held lean \(WEIGHTS=auto\)/ });
  });

  it('that a job is using packed do not have another one refused that has room lean: it waits', async () => {
    const frozen: AttributionRequest = { ...attributionRequest, method: 'FROZEN' };
    open({ memory: memoryOf(footprint, 'PACKED', ['forward', 'reverse.FROZEN']) + room });
    for (let passes = 0; passes < passesThatPay; passes++) await queue.run(attribution, model, frozen);
    assert.equal(weights(), 'PACKED');
    const gate = new Gate();
    gate.hold(1);
    const started = Promise.withResolvers<void>();
    const first = queue.run(attribution, model, frozen, { gate, onStart: started.resolve });
    await started.promise;
    const inQueue = Promise.withResolvers<void>();
    const second = queue.run(attribution, model, attributionRequest, { onQueue: () => inQueue.resolve() });
    await Promise.race([inQueue.promise, second]);
    gate.release();
    await Promise.all([first, second]);
    assert.equal(weights(), 'LEAN');
  });

  it('stay lean where to pack them would take a job over its budget of time: it is not refused', async () => {
    open();
    const { admit } = Estimator.prototype;
    const over = mock.method(Estimator.prototype, 'admit', async function (this: Estimator, ...asked) {
      if (asked[1].weights === 'PACKED') throw new TributaryError('OVER_CAPACITY', 'too long');
      return admit.apply(this, asked);
    } as typeof admit);
    try {
      await askUntilPacked();
      await logit();
      assert.equal(weights(), 'LEAN');
    } finally {
      over.mock.restore();
    }
    await logit();
    assert.equal(weights(), 'PACKED');
  });

  it('are, lean, the same memory in two processes', { skip: !existsSync('/proc/self/smaps') }, async () => {
    open({ workers: 2, weights: 'lean' });
    const [one, two] = [held(), held()];
    await Promise.all([one.reached, two.reached]);
    const file = join(model.folder, 'model.safetensors');
    assert.equal(runners.pids.length, 2);
    for (const pid of runners.pids) {
      const mapped = mappingsOf(pid, file);
      assert.ok(mapped.size > 0, 'read where it lies');
      assert.equal(mapped.own, 0, 'with no page of its own');
    }
    for (const { gate } of [one, two]) gate.release();
    await Promise.all([one.ended, two.ended]);
  });

  /** A circulation that waits before its second block. */
  const held = () => {
    const gate = new Gate();
    gate.hold(1);
    const reached = Promise.withResolvers<void>();
    const request = { inputIds, track: [4], target, layers: 2, top: 1 };
    const onStep = ({ type }: CirculationStep) => type === 'LAYER' && reached.resolve();
    return { gate, ended: queue.run(circulation, model, request, { gate, onStep }), reached: reached.promise };
  };
});

/** Kilobytes of a file that a process reads as its memory, and those of them that are no longer the file's. */
function mappingsOf(pid: number, file: string): { size: number; own: number } {
  const mappings = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/\n(?=[\da-f]+-[\da-f]+ )/);
  const sum = (name: string) =>
    mappings
      .filter((mapping) => mapping.split('\n', 1)[0]?.endsWith(file))
      .reduce((total, mapping) => total + Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(mapping)?.[1] ?? 0), 0);
  return { size: sum('Size'), own: sum('Anonymous') };
}
