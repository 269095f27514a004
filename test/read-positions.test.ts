/** Passes whose end is read at few positions, against whole ones, on every reference checkpoint. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forwardPass } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import { reversePass } from '../src/inference/reverse-pass.ts';
import { floatsOf, rowsOf, type Tensor } from '../src/inference/tensor.ts';
import { type RuleSet, ruleSets } from '../src/onnx/rules/registry.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

/** Of the largest value of a tensor. */
const identity = 1e-5;

await describeReferences((reference, model) => {
  const { ids } = reference.prompts.at(-1) as ReferencePrompt;
  const positions = [ids.length - 1, 1, 3].filter((position) => position < ids.length);
  const { width } = model.specification;
  const readAt = (read: readonly number[]) => model.positions(ids.length, undefined, read);

  it('ends where the whole pass ends, at the positions that are read', async () => {
    const whole = await forwardPass(model, ids, new Gate());
    const part = await forwardPass(model, ids, new Gate(), undefined, readAt(positions));
    const expected = floatsOf({ last: whole.last }, 'last');
    for (const position of positions) {
      const row = rowsOf(whole.last).row(position);
      assertClose(rowsOf(part.last).row(position), row, scaledTolerance(expected, identity), `position ${position}`);
    }
    const neurons = part.saved.at(-1)?.mlp_pre;
    for (const position of ids.keys()) {
      const computed =
        neurons &&
        rowsOf(neurons)
          .row(position)
          .some((value) => value !== 0);
      if (neurons) assert.equal(computed, positions.includes(position), `neurons at ${position}`);
    }
  });

  it('goes back from there as through the whole pass, by every rule set', async () => {
    const start = positions.map((position) => {
      const grad = Float32Array.from({ length: width }, (_, index) => Math.sin(index + position));
      return [{ grad, direct: grad, position }];
    });
    for (const rules of Object.keys(ruleSets) as RuleSet[]) {
      const grads: Tensor[] = [];
      for (const read of [undefined, positions]) {
        const pass = await forwardPass(model, ids, new Gate(), undefined, read && readAt(read));
        let grad: Tensor | undefined;
        for await (const { out } of reversePass(model, rules, pass, start, new Gate())) grad = out.grad_before;
        grads.push(grad as Tensor);
      }
      const [whole, part] = grads.map((grad) => floatsOf({ grad }, 'grad')) as [Float32Array, Float32Array];
      assertClose(part, whole, scaledTolerance(whole, identity), rules);
    }
  });
});
