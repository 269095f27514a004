/** Runs that go on from kept keys and values, against whole passes, on every reference checkpoint. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { continuedPass } from '../src/inference/continuation.ts';
import { embed, passFrom } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import { floats, floatsOf, type Tensor, type Tensors } from '../src/inference/tensor.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

/** Of the largest value of a tensor. */
const identity = 1e-5;

await describeReferences((reference, model) => {
  const { ids } = reference.prompts.at(-1) as ReferencePrompt;
  const length = ids.length;
  const { blocks, layerCount } = model.specification;
  const keysAndValues = () => ['key', 'value'];

  it('gives every block what the whole pass gives it, from every position on', async () => {
    const { x } = await embed(model, ids);
    const { saved, last } = await passFrom(model, x, new Gate(), keysAndValues);
    for (let from = 0; from < length; from++) {
      const positions = model.positions(length, { from, to: length });
      for (const [layer, block] of blocks.entries()) {
        const { x: before, key, value } = saved[layer] as Record<string, Tensor>;
        const after = layer + 1 < layerCount ? saved[layer + 1]?.x : last;
        const out = await model.runBlock('forward', layer, {
          x: along(before, 1, from, length),
          past_key: along(key, 2, 0, from),
          past_value: along(value, 2, 0, from),
          ...positions.of(block),
        });
        const expected: Tensors = {
          post: along(after, 1, from, length),
          key: key as Tensor,
          value: value as Tensor,
        };
        for (const name of Object.keys(expected)) {
          const values = floatsOf(expected, name);
          assert.deepEqual(out[name]?.dims, expected[name]?.dims);
          const what = `${name} of block ${layer} from ${from} on`;
          assertClose(floatsOf(out, name), values, scaledTolerance(values, identity), what);
        }
      }
    }
  });

  it('takes several runs to where whole passes take them, where they are read, and stops there', async () => {
    const { x } = await embed(model, ids);
    const { saved: past } = await passFrom(model, x, new Gate(), keysAndValues);
    const [, , width = 0] = x.dims;
    for (let from = 0; from < length; from++) {
      for (const read of [[length - 1], [from], [...new Set([from, length - 1])]]) {
        const to = Math.max(...read) + 1;
        // Three runs that leave the prompt's own there, each in its way.
        const runs = [0.5, 0, -2].map((factor) => {
          const values = floatsOf({ x }, 'x').slice();
          for (let index = from * width; index < values.length; index++) (values[index] as number) *= factor;
          return floats(values, 1, length, width);
        });
        const rows = runs.flatMap((run) => Array.from(floatsOf({ part: along(run, 1, from, to) }, 'part')));
        const started = floats(Float32Array.from(rows), runs.length, to - from, width);
        const last = await continuedPass(model, { x: started, past, from, length, read }, new Gate());
        assert.deepEqual(last.dims, [runs.length, to - from, width]);
        for (const [row, run] of runs.entries()) {
          const { last: whole } = await passFrom(model, run, new Gate(), () => []);
          for (const position of read) {
            const place = position - from;
            const found = along(along(last, 0, row, row + 1), 1, place, place + 1);
            const expected = floatsOf({ at: along(whole, 1, position, position + 1) }, 'at');
            const what = `run ${row} from ${from} on, at ${position}`;
            assertClose(floatsOf({ found }, 'found'), expected, scaledTolerance(expected, identity), what);
          }
        }
      }
    }
  });
});

/** What lies between two indices along an axis. */
function along(tensor: Tensor | undefined, axis: number, start: number, end: number): Tensor {
  const values = floatsOf({ tensor: tensor as Tensor }, 'tensor');
  const dims = (tensor as Tensor).dims;
  const inner = dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const size = (dims[axis] as number) * inner;
  const parts = Array.from({ length: values.length / size }, (_, index) =>
    Array.from(values.subarray(index * size + start * inner, index * size + end * inner)),
  );
  return floats(Float32Array.from(parts.flat()), ...dims.with(axis, end - start));
}
