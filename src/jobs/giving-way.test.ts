/** Long jobs give way to short ones, and nobody can tell by their answers. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import {
  answered,
  followed,
  inputIds,
  LongJobs,
  occlusion,
  short,
  small,
  target,
} from '../../test/support/long-jobs.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { AttributionRequest } from '../explain/attribution/result.ts';
import type { CirculationStep } from '../explain/circulation/event.ts';
import type { GenerationStep } from '../explain/generation/event.ts';
import { Gate } from '../inference/gate.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import { attribution } from './kinds/attribution.ts';
import { circulation } from './kinds/circulation.ts';
import { generation } from './kinds/generation.ts';
import { prediction } from './kinds/prediction.ts';
import type { JobQueue, QueueSettings } from './queue.ts';

describe('a long job', () => {
  const jobs = new LongJobs();
  const { activationsOf, begun, occluded, predicted } = jobs;
  let a: Snapshot;
  let b: Snapshot;
  /** Bytes of one set of graphs. */
  let one: number;
  let queue: JobQueue;
  before(async () => {
    ({ a, b } = jobs.models);
    one = memoryOf(await footprintOf(a.folder), 'PACKED', ['forward']);
  });
  const open = (settings?: Partial<QueueSettings>) => {
    queue = jobs.open(settings);
  };

  describe('gives way before any of its blocks, with the same answer to the last bit:', () => {
    const studies = { faithfulness: 1, 'ablations.ZERO': 9, 'ablations.MEAN': 9, 'edges.TOTAL': 5, neurons: 3 };
    const questions: [name: string, request: AttributionRequest][] = [
      ['OCCLUSION', occlusion],
      ['INTEGRATED_GRADIENTS', { ...occlusion, method: 'INTEGRATED_GRADIENTS', options: { steps: 10 } }],
      ['FROZEN with studies', { ...occlusion, method: 'FROZEN', selection: studies }],
    ];
    for (const [name, request] of questions) {
      it(name, async () => {
        open();
        const expected = await predicted();
        const { gate, ended, isOver } = await begun((options) => queue.run(attribution, a, request, options));
        // Through the blocks, and into the second pass, forth or back.
        for (const block of [1, 2, 0, 1]) {
          gate.hold(block);
          assert.deepEqual(await predicted(), expected);
          assert.ok(!isOver());
        }
        gate.release();
        const answer = await ended;
        assert.deepEqual(answer, await queue.run(attribution, a, request), 'as alone');
      });
    }

    it('a circulation, with the same steps', async () => {
      open();
      const stepsOf = async (hold: boolean) => {
        const steps: CirculationStep[] = [];
        const gate = new Gate();
        if (hold) gate.hold(0);
        const onStep = (step: CirculationStep) => steps.push(step.type === 'LAYER' ? { ...step, elapsed: 0 } : step);
        const ended = queue.run(circulation, a, followed, { gate, onStep });
        for (const block of hold ? [0, 1, 2] : []) {
          gate.hold(block);
          await predicted();
        }
        gate.release();
        await ended;
        return steps;
      };
      assert.deepEqual(await stepsOf(true), await stepsOf(false));
    });
  });

  it('gives way in the midst of an answer, whichever token it is about to say, with the same steps', async () => {
    open();
    const stepsOf = async (hold: boolean) => {
      const steps: GenerationStep[] = [];
      const gate = new Gate();
      if (hold) gate.hold(0);
      const onStep = (step: GenerationStep) => steps.push(step.type === 'TOKEN' ? { ...step, elapsed: 0 } : step);
      const ended = queue.run(generation, a, answered, { gate, onStep });
      // In the prompt's pass, in those of its first tokens, and on the way back.
      for (const block of hold ? [0, 1, 2, 0, 1, 2, 0] : []) {
        gate.hold(block);
        await predicted();
      }
      gate.release();
      await ended;
      return steps;
    };
    const steps = await stepsOf(true);
    assert.deepEqual(steps, await stepsOf(false));
    assert.equal(steps.filter(({ type }) => type === 'ATTRIBUTED').length, answered.maxTokens);
  });

  it('gives way to another model, and to short work of its own client', async () => {
    open();
    const { gate, ended, isOver } = await begun(occluded, { client: 'own' });
    await predicted(b);
    await queue.run(prediction, a, short, { client: 'own' });
    assert.ok(!isOver());
    gate.release();
    await ended;
  });

  it('gives way to one that gives way itself', async () => {
    open();
    const { gate, ended } = await begun(occluded);
    const middle = { ...occlusion, inputIds: inputIds.slice(0, 100), targets: [{ ...target, position: 99 }] };
    const second = await begun((options) => queue.run(attribution, a, middle, { ...options, client: 'other' }));
    await queue.run(prediction, a, short, { client: 'third' });
    second.gate.release();
    await second.ended;
    gate.release();
    await ended;
  });

  for (const [what, model, room, gives] of [
    ['where what both keep is within the memory', 'a', 1, true],
    ['not where what both keep is more than the memory', 'a', -1, false],
    ['to another model where there is room for both', 'b', 1, true],
    ['not to another model where there is room for one', 'b', -1, false],
  ] as const) {
    it(`gives way ${what}`, async () => {
      const [own, other] = [await activationsOf(occlusion), await activationsOf(small)];
      open({ memory: (model === 'b' ? 2 : 1) * one + own + other + room });
      const long = await begun(occluded);
      let asked = 0;
      long.gate.follow(({ aside }) => {
        if (aside) asked++;
      });
      const ends: string[] = [];
      const inQueue = Promise.withResolvers<void>();
      const ended = long.ended.then(() => ends.push('long'));
      const answered = queue
        .run(attribution, model === 'a' ? a : b, small, { client: 'other', onQueue: () => inQueue.resolve() })
        .then(() => ends.push('short'));
      if (gives) await answered;
      else await inQueue.promise;
      long.gate.release();
      await Promise.all([ended, answered]);
      assert.equal(asked > 0, gives);
      assert.deepEqual(ends, gives ? ['short', 'long'] : ['long', 'short']);
    });
  }
});
