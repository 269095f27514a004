import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { palettes } from '../../drawing/palette.ts';
import { ledgerCaption, ledgerSum } from './caption.ts';
import { type Known, type LayerFigures, ledgerOf, streamOf } from './ledger.ts';
import { ledgerPicture } from './picture.ts';

const figures = (layer: number, attention: number, mlp: number | null, residual: number, bias: number) => ({
  layer,
  attention: { direct: attention, total: attention },
  mlp: mlp === null ? null : { direct: mlp, total: mlp },
  attentionBias: { direct: layer === 0 ? 0.5 : 0, total: 0 },
  residual,
  bias,
});

/** 1 + (2 + 3) + (−4 + 8) − 1 = 9. */
const layers: LayerFigures[] = [figures(0, 2, 3, 10, 1), figures(1, -4, 8, 11, -1)];
const whole: Known = { layerCount: 2, layers, embedding: { direct: 1, total: 10 }, bias: -1, intercept: 0 };
const words = { name: "' Mary'", value: 'logit', unit: 'logits' };

describe('the ledger of the residual stream', () => {
  it('adds up from the embedding to what is explained', () => {
    const { steps, end } = ledgerOf(whole);
    assert.deepEqual(
      steps.map(({ kind, from, to }) => [kind, from, to]),
      [
        ['embedding', 0, 1],
        ['attention', 1, 3],
        ['mlp', 3, 6],
        ['attention', 6, 2],
        ['mlp', 2, 10],
        ['behind', 10, 9],
      ],
    );
    assert.equal(end, 9);
    assert.deepEqual(ledgerSum(ledgerOf(whole)), [
      { name: 'embedding', value: 1 },
      { name: 'all attention', value: -2 },
      { name: 'all MLPs', value: 11 },
      { name: 'biases after the layers', value: -1 },
    ]);
  });

  it('names the bias of an attention that has one, and counts it once', () => {
    const { parts, steps } = ledgerOf(whole);
    assert.deepEqual(
      parts.filter(({ kind }) => kind === 'attentionBias').map(({ layer }) => layer),
      [0],
    );
    assert.ok(steps.every(({ kind }) => kind !== 'attentionBias'));
  });

  it('comes down from the logit while the reverse pass is under way', () => {
    const top = { ...(layers[1] as LayerFigures), residual: 11, biasSoFar: -2 };
    const { steps, end } = ledgerOf({ layerCount: 2, layers: [undefined, top] });
    assert.equal(end, 9);
    assert.deepEqual(
      steps.map(({ kind, from, to }) => [kind, from, to]),
      [
        ['attention', 6, 2],
        ['mlp', 2, 10],
        ['behind', 10, 9],
      ],
    );
  });

  it('has what the stream carries and the biases from there on, at every depth the logit', () => {
    const rows = streamOf({ ...whole, layers: [figures(0, 2, 3, 10, 1), figures(1, -4, 8, 11, -1)] });
    assert.deepEqual(rows, [
      { layer: 0, residual: 10, biases: -1, sum: 9 },
      { layer: 1, residual: 11, biases: -2, sum: 9 },
    ]);
  });

  it('says in words what writes most and what speaks against it', () => {
    assert.equal(
      ledgerCaption(ledgerOf(whole), 9, words),
      "The MLP of layer 1 writes most for the logit of ' Mary' (9): +8. The attention of layer 1 writes most against it: −4.",
    );
  });

  it('draws provisional figures as outlines, and final ones as bars that end at the logit', () => {
    const frame = { width: 400, palette: palettes.light, layerCount: 2, unit: 'logits' };
    const provisional = [
      { attention: 1, mlp: -2 },
      { attention: 4, mlp: null },
    ];
    const before = ledgerPicture(ledgerOf({ layerCount: 2, layers: [] }), { ...frame, provisional });
    const outlines = before.marks.filter((mark) => mark.type === 'rect' && mark.stroke);
    assert.equal(outlines.length, 3);
    const after = ledgerPicture(ledgerOf(whole), { ...frame, provisional });
    const bars = after.marks.filter((mark) => mark.type === 'rect');
    assert.deepEqual(
      bars.map(({ fill }) => fill),
      [1, 1, 1, -1, 1, -1].map((sign) => (sign > 0 ? palettes.light.positive : palettes.light.negative)),
    );
    assert.ok(after.marks.some((mark) => mark.type === 'text' && mark.text === '9' && mark.weight === 'bold'));
  });
});
