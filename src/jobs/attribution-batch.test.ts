import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attributionRequest, QueueFixture } from '../../test/support/queue-fixture.ts';
import type { BatchRequest, ToldInBatch } from '../explain/attribution/batch-request.ts';
import { attribution } from './kinds/attribution.ts';
import { attributionBatch } from './kinds/attribution-batch.ts';

describe('a job of several prompts', () => {
  const fixture = new QueueFixture();
  const { inputIds, targets, ...rest } = attributionRequest;
  const prompts = [inputIds, [105, 33], [72, 105]].map((inputIds) => ({ inputIds, targets }));
  const request: BatchRequest = { ...rest, prompts };

  it('answers each as a job of its own would, and tells of all how far it is', async () => {
    const queue = fixture.open();
    const { a } = fixture.models;
    const told: ToldInBatch[] = [];
    const answers = await queue.run(attributionBatch, a, request, { onStep: (step) => void told.push(step) });
    assert.equal(answers.length, prompts.length);
    for (const [number, prompt] of prompts.entries()) {
      const [expected] = await queue.run(attribution, a, { ...rest, ...prompt });
      const [answer, ...others] = answers[number] ?? [];
      assert.deepEqual(others, []);
      assert.equal(answer?.target.token, expected?.target.token);
      for (const [position, score] of (expected?.tokens ?? new Float32Array()).entries())
        assert.ok(Math.abs((answer?.tokens[position] ?? Number.NaN) - score) <= 1e-5, `score ${position}`);
    }
    assert.deepEqual(
      told.map(({ step }) => step.type),
      ['STARTED', 'FORWARD', 'FORWARD', 'REVERSE', 'REVERSE'],
    );
    assert.ok(told.every(({ prompt }) => prompt === undefined));
  });

  it('ends with its signal', async () => {
    const queue = fixture.open();
    const controller = new AbortController();
    const options = { signal: controller.signal, onStep: () => controller.abort() };
    await assert.rejects(queue.run(attributionBatch, fixture.models.a, request, options), { code: 'CANCELLED' });
  });

  it('over a budget is refused with what would be lighter, fewer prompts first', async () => {
    const queue = fixture.open({ time: 1e-9 });
    const refused = queue.run(attributionBatch, fixture.models.a, request);
    await assert.rejects(refused, {
      code: 'OVER_CAPACITY',
      message: /Less would take: fewer prompts, a shorter prompt/,
    });
  });
});
