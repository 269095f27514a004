import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { neuronCaption, neuronRows, neuronTable, strongest } from './neurons.ts';

const neuron = (neuron: number, position: number, total: number) => ({
  neuron,
  position,
  activation: 2.5,
  direct: 0,
  total,
});
const layers = [
  { layer: 0, neurons: [neuron(7, 0, -3), neuron(8, 1, 1)] },
  { layer: 1, neurons: null },
  { layer: 2, neurons: [neuron(9, 1, 2), neuron(7, 1, 0.5)] },
];
const tokens = [
  { text: 'When', special: false },
  { text: ' Mary', special: false },
];

describe('the table of neurons', () => {
  it('has the strongest of all layers by magnitude, or of the layer or position that is chosen', () => {
    const rows = neuronRows(layers) ?? [];
    assert.deepEqual(
      strongest(rows, 2).map(({ total }) => total),
      [-3, 2],
    );
    assert.deepEqual(
      strongest(rows, 9, { layer: 2 }).map(({ neuron }) => neuron),
      [9, 7],
    );
    assert.deepEqual(
      strongest(rows, 9, { position: 1 }).map(({ total }) => total),
      [2, 1, 0.5],
    );
  });

  it('has none of a model without MLPs', () => {
    assert.equal(neuronRows([{ layer: 0, neurons: null }]), undefined);
  });

  it('says which neuron does most, where, and where most of them are', () => {
    const words = { name: "' Mary'", value: 'logit', unit: 'logits' };
    assert.equal(
      neuronCaption(strongest(neuronRows(layers) ?? [], 3), tokens, words),
      "Neuron 7 of layer 0 takes most from ' Mary': −3 logits, by an activation of 2.5 at 'When' (position 0). 2 of the 3 shown are in layer 0.",
    );
    assert.equal(neuronCaption([], tokens, words), '');
  });

  it('is taken along with its tokens and all digits', () => {
    assert.deepEqual(neuronTable(strongest(neuronRows(layers) ?? [], 1), tokens, 'logits').rows, [
      [0, 7, 0, 'When', 2.5, 0, -3],
    ]);
  });
});
