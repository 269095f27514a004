/** What a circulation leaves out, and what its audit notices. That its figures are right, `circulation.test.ts` says. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { deviationTolerance } from '../src/explain/circulation/audit.ts';
import { circulate } from '../src/explain/circulation/circulate.ts';
import type { CirculationRequest, CirculationStep } from '../src/explain/circulation/event.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LoadedModel } from '../src/inference/loaded-model.ts';
import { Graph, type Value } from '../src/onnx/writer.ts';
import { describeReferences, Reference, type ReferencePrompt } from './reference/reference.ts';

type Layer = Extract<CirculationStep, { type: 'LAYER' }>;
type Completed = Extract<CirculationStep, { type: 'COMPLETED' }>;

/** Plain and gated MLPs, grouped heads, parallel blocks, norms after each part, before it, and over the stream. */
const names = [
  'gpt2-plain',
  'llama-grouped',
  'gpt-neox-parallel',
  'gemma2-softcapped',
  'qwen2-plain',
  'olmo2-grouped',
  'opt-post-options',
  'attention-only-plain',
];

/** Faults of what is done to the tracked tokens' shares: each changes how one operator is written. */
const faults: Readonly<Record<string, () => typeof Graph.prototype.ops>> = {
  'a bias that leaks into them': () => {
    const tracked = new Map<Value, Value>();
    const biases = new Map<Value, Value>();
    return function (this: Graph, type, inputs, count, attributes) {
      const [first = '', second = ''] = inputs;
      if (type === 'Add' && tracked.has(first)) biases.set(tracked.get(first) as Value, second);
      const leaked = type === 'Reshape' ? biases.get(first) : undefined;
      const given = leaked ? [write.call(this, 'Add', [first, leaked], 1)[0] as Value, second] : inputs;
      const outputs = write.call(this, type, given, count, attributes);
      if (type === 'Split') tracked.set(outputs[0] as Value, outputs[2] as Value);
      return outputs;
    };
  },
  'the scale of another norm': () => onFollowing(/^(LayerNormalization|Reciprocal)/, scaled),
  'gates of other positions': () => onFollowing(/^(Div|Mul|Sigmoid|Relu|Gelu)/, (g, gates) => reversed(g, gates, 1)),
  'patterns of other heads': () => onFollowing(/^Softmax/, (g, pattern) => reversed(g, pattern, 1)),
};

const write = Graph.prototype.ops;

/** Changes what is taken, from the first tracked position on, of a value of this kind. */
function onFollowing(kind: RegExp, change: (g: Graph, value: Value) => Value): typeof Graph.prototype.ops {
  return function (this: Graph, type, inputs, count, attributes) {
    const outputs = write.call(this, type, inputs, count, attributes);
    const following = type === 'Slice' && inputs[1]?.match(/^(start|Concat)/) && kind.test(inputs[0] as Value);
    return following ? [change(this, outputs[0] as Value)] : outputs;
  };
}

function scaled(g: Graph, value: Value): Value {
  return write.call(g, 'Mul', [value, g.float(1.01)], 1)[0] as Value;
}

function reversed(g: Graph, value: Value, axis: number): Value {
  const [last, all, back] = [g.integers(-1), g.integers(Number.MIN_SAFE_INTEGER), g.integers(-1)];
  return write.call(g, 'Slice', [value, last, all, g.integers(axis), back], 1)[0] as Value;
}

function question(reference: Reference, model: LoadedModel, changes: Partial<CirculationRequest> = {}) {
  const { ids } = reference.prompts.at(-1) as ReferencePrompt;
  const target = { position: ids.length - 1, token: null, against: null };
  return { inputIds: ids, track: [1, 2], target, layers: model.specification.layerCount, top: 2, ...changes };
}

async function stepsOf(model: LoadedModel, request: CirculationRequest, gate = new Gate()): Promise<CirculationStep[]> {
  const steps: CirculationStep[] = [];
  await circulate(model, request, gate, (step) => steps.push(step));
  return steps;
}

const layersIn = (steps: readonly CirculationStep[]) => steps.filter((step) => step.type === 'LAYER');
const auditOf = (steps: readonly CirculationStep[]) => (steps.at(-1) as Completed).audit;

await describeReferences((reference, model) => {
  it('passes its audit by far, whatever is tracked', async () => {
    const { ids } = reference.prompts.at(-1) as ReferencePrompt;
    for (const track of [[0], [ids.length - 1], [...ids.keys()]]) {
      const { passed, deviation } = auditOf(await stepsOf(model, question(reference, model, { track, figures: [] })));
      assert.ok(passed);
      assert.ok(deviation < deviationTolerance / 10, `deviation ${deviation}`);
    }
  });
});

await describeReferences((reference, model) => {
  for (const [fault, write] of Object.entries(faults)) {
    const { attention, mlp } = model.specification.blocks[0] as (typeof model.specification.blocks)[number];
    const biased = [attention.value, attention.output, mlp?.input, mlp?.output].some((map) => map?.bias);
    if (fault.includes('bias') && !biased) continue;
    if (fault.includes('gates') && !mlp) continue;
    it(`does not pass its audit with ${fault}, which the sum alone would not notice`, async () => {
      const ops = mock.method(Graph.prototype, 'ops', write());
      const faulty = await reference.load();
      try {
        const { passed, deviation, relativeGap, tolerance } = auditOf(
          await stepsOf(faulty, question(reference, model, { track: [0], figures: [] })),
        );
        assert.ok(relativeGap <= tolerance, 'the rest takes up what is wrong');
        assert.ok(deviation > 10 * deviationTolerance, `deviation ${deviation}`);
        assert.equal(passed, false);
      } finally {
        ops.mock.restore();
        await faulty.release();
      }
    });
  }

  it('tells what is asked for and nothing else, and the same whatever else is asked for', async () => {
    const all = layersIn(await stepsOf(model, question(reference, model))) as Layer[];
    const none = layersIn(await stepsOf(model, question(reference, model, { figures: [] }))) as Layer[];
    assert.equal(all.length, none.length);
    for (const [index, { tracked, lens, target }] of none.entries()) {
      assert.equal(lens ?? target, undefined);
      for (const [token, told] of tracked.entries()) {
        const { elapsed: _, ...whole } = all[index] as Layer;
        const { heads, paid, received, logitShare, ...rest } = whole.tracked[token] as Layer['tracked'][number];
        assert.ok(heads && paid && received && logitShare !== undefined && whole.lens?.length === 2 && whole.target);
        assert.deepEqual(
          JSON.parse(JSON.stringify({ ...told, heads: undefined, paid: undefined, received: undefined })),
          JSON.parse(JSON.stringify(rest)),
        );
      }
    }
  });

  it('reads the unembedding once where the lens is not asked for, and for no more than four blocks at once', async () => {
    const target = mock.method(model, 'run');
    try {
      const rows = (request: CirculationRequest) => async () => {
        target.mock.resetCalls();
        await stepsOf(model, request);
        const calls = target.mock.calls.filter(({ arguments: [graph] }) => graph === 'target');
        return calls.map(({ arguments: [, { at }] }) => at?.dims[0] ?? 0);
      };
      assert.deepEqual(await rows(question(reference, model, { figures: ['HEADS', 'PATTERNS'] }))(), [1]);
      const read = await rows(question(reference, model, { figures: ['LENS'] }))();
      assert.equal(
        read.reduce((sum, count) => sum + count, 0),
        model.specification.layerCount,
      );
      assert.ok(read.every((count) => count <= 4));
    } finally {
      target.mock.restore();
    }
  });

  it('has told every block that it has passed when it waits before the next', async () => {
    const gate = new Gate();
    gate.hold(1);
    const first = Promise.withResolvers<void>();
    const done = circulate(model, question(reference, model), gate, ({ type }) => {
      if (type === 'LAYER') first.resolve();
    });
    await first.promise;
    gate.release();
    await done;
  });
}, names);

it('converts nothing of lean weights for heads that are not asked for', async () => {
  const reference = new Reference('gemma-bfloat16');
  const ops = mock.method(Graph.prototype, 'ops');
  const model = await reference.loadLean();
  assert.ok(model);
  try {
    await stepsOf(model, question(reference, model, { figures: [] }));
    const outputs = new Set(model.specification.blocks.map(({ attention }) => attention.output.weight));
    // In pieces they are: W_O is a matrix of the pass itself.
    const whole = ops.mock.calls.filter(
      ({ arguments: [type, inputs] }) => type === 'Cast' && outputs.has(inputs[0] as Value),
    );
    assert.deepEqual(whole, []);
  } finally {
    ops.mock.restore();
    await model.release();
  }
});
