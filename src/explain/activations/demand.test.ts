/** What it takes to look into a pass, by what is looked at. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Reference, referenceFolder } from '../../../test/reference/reference.ts';
import { openModelFiles } from '../../checkpoint/checkpoint.ts';
import { ModelCost } from '../../inference/cost.ts';
import { Gate } from '../../inference/gate.ts';
import { activations as activationsKind } from '../../jobs/kinds/activations.ts';
import { lens as lensKind } from '../../jobs/kinds/lens.ts';
import { hookNames } from '../../onnx/hooks.ts';
import { lensDemand } from '../lens/demand.ts';
import type { LensRequest } from '../lens/result.ts';
import { activations } from './activations.ts';
import { activationsDemand } from './demand.ts';
import type { ActivationsRequest } from './result.ts';

const reference = new Reference('gemma2-softcapped');
const cost = new ModelCost(await openModelFiles(referenceFolder(reference.name)));
const { layerCount, headCount, vocabularySize, width } = cost.model;
const inputIds = reference.prompts.at(-1)?.ids ?? [];
const length = inputIds.length;
const everything: ActivationsRequest = {
  inputIds,
  layers: [...Array(layerCount).keys()],
  heads: null,
  positions: [...inputIds.keys()],
  names: hookNames,
};
const takes = (more: Partial<ActivationsRequest>) => activationsDemand(cost, { ...everything, ...more });

describe('what activations take', () => {
  it('is the pass up to the last block and the last position that are looked at', () => {
    const [plain, first] = [cost.forward(1, length), cost.forward(1, length, length, 1)];
    assert.equal(takes({}).cost.flops, plain.flops);
    assert.equal(takes({ layers: [0] }).cost.flops, first.flops);
    assert.equal(first.flops * layerCount, plain.flops, 'its blocks are alike');
    assert.equal(takes({ layers: [1], names: ['residualBefore'] }).cost.flops, first.flops);
    assert.equal(takes({ layers: [0], names: ['residualBefore'] }).cost.flops, 0);
    assert.equal(takes({ layers: [0], positions: [4] }).cost.flops, cost.forward(1, 5, 1, 1).flops);
  });

  it('has every byte that is told, and the largest block twice more, or all of it as it is sent', async () => {
    const model = await reference.load();
    const { layers } = await activations(model, everything, new Gate());
    await model.release();
    const bytes = layers.map(({ tensors }) =>
      Object.values(tensors).reduce((sum, { values }) => sum + values.byteLength, 0),
    );
    const told = bytes.reduce((sum, own) => sum + own, 0);
    const pass = 4 * 2 * length * width + cost.activations.forwardWork(1, length);
    assert.equal(takes({}).activations, Math.max(pass + told + 2 * Math.max(...bytes), 2 * told));
    const pattern = takes({ names: ['pattern'] }).activations - pass;
    assert.equal(pattern, 4 * (layerCount + 2) * headCount * length ** 2);
    assert.equal(takes({ names: ['pattern'], heads: [1] }).activations - pass, pattern / headCount);
    assert.equal(takes({ names: ['pattern'], positions: [length - 1] }).activations - pass, pattern / length);
  });

  it('goes to the end where that is told, with the logits of the chosen positions', () => {
    const end = { after: layerCount - 1, scale: true, logits: true };
    const some = { layers: [0], names: ['z' as const], positions: [2, length - 1] };
    const logits = takes({ ...some, end });
    assert.equal(logits.cost.flops, cost.forward(1, length, 2).flops + cost.target(2).flops);
    const many = { ...some, positions: everything.positions, end };
    assert.ok(takes(many).activations >= 4 * (2 + 3) * length * vocabularySize);
    assert.equal(takes({ ...some, end: { ...end, logits: false } }).cost.flops, cost.forward(1, length, 2).flops);
    assert.deepEqual(activationsKind.passing?.({ ...everything, end }), ['activations', 'unembedding']);
  });

  it('needs the sessions of the forward pass only where a block is run that is not looked into', () => {
    const graphs = (more: Partial<ActivationsRequest>) => [
      activationsKind.graphs({ ...everything, ...more }),
      activationsKind.passing?.({ ...everything, ...more }),
    ];
    assert.deepEqual(graphs({}), [['embedding'], ['activations']]);
    assert.deepEqual(graphs({ layers: [2], names: ['z'] }), [['embedding', 'forward'], ['activations']]);
    assert.deepEqual(graphs({ names: ['residualAfter'] }), [['embedding', 'forward'], []]);
    assert.deepEqual(graphs({ layers: [0], names: ['residualBefore'] }), [['embedding'], []]);
  });
});

describe('what the lens takes', () => {
  const request: LensRequest = {
    inputIds,
    positions: [length - 1],
    layers: everything.layers,
    embedding: true,
    afterAttention: true,
    afterBlock: true,
    tokens: [],
    top: 5,
    entropy: true,
  };
  const lens = (more: Partial<LensRequest> = {}) => lensDemand(cost, { ...request, ...more });

  it('is one pass, and one row of the unembedding for each depth and position', () => {
    const rows = 1 + 2 * layerCount;
    const pass = cost.forward(1, length, 1).flops;
    const row = cost.target(1).flops;
    assert.equal(lens().cost.flops, pass + rows * row);
    assert.equal(lens({ positions: [0, length - 1] }).cost.flops, cost.forward(1, length, 2).flops + 2 * rows * row);
    assert.equal(lens({ embedding: false, afterAttention: false }).cost.flops, pass + layerCount * row);
    assert.equal(lens({ layers: [], afterAttention: false, afterBlock: false }).cost.flops, row);
    // The unembedding is read once for all of them.
    assert.equal(lens().cost.weights, cost.forward(1, length).weights + cost.target(1).weights);
  });

  it('has the logits of as many rows at once as there are, and no more than so many', () => {
    const logits = (positions: number) =>
      lens({ positions: [...Array(positions).keys()], layers: [0], embedding: false, afterAttention: false })
        .activations;
    assert.ok(logits(length) > 4 * length * vocabularySize);
    const many = Array<number>(1_000_000).fill(length - 1);
    const most = lens({ positions: many }).activations - 4 * 2 * many.length * (1 + 2 * layerCount) * width;
    assert.ok(most <= 4 * 8 * 2 ** 22, `${most}`);
  });

  it('is counted where no block has the depth that is asked for', () => {
    const { cost: none, activations: bytes } = lens({ embedding: false, afterAttention: false, afterBlock: false });
    assert.equal(none.flops, 0);
    for (const [name, count] of Object.entries({ ...none, bytes }))
      assert.ok(Number.isFinite(count), `${name} ${count}`);
  });

  it('needs graphs of its own for blocks alone that it looks into', () => {
    assert.deepEqual(lensKind.passing?.(request), ['activations', 'unembedding']);
    assert.deepEqual(lensKind.passing?.({ ...request, afterAttention: false }), ['unembedding']);
    assert.deepEqual(lensKind.graphs({ ...request, afterAttention: false }), ['embedding', 'forward']);
  });
});
