import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FigureComparison, figureInWords, manyInWords, pairsInWords, pInWords } from './words.ts';

const told = (difference: number, adjustedPValue: number, label = 'score'): FigureComparison => ({
  figure: { name: 'SCORE', layer: null, head: null, label },
  a: { count: 500, mean: 2 + difference, standardDeviation: 1 },
  b: { count: 480, mean: 2, standardDeviation: 1 },
  difference,
  interval: { low: difference - 0.1, high: difference + 0.1 },
  pValue: adjustedPValue / 2,
  exact: false,
  adjustedPValue,
  effectSize: difference,
});
const names = ['Frozen', 'Occlusion'] as const;
const alone = { comparisons: 1, pairs: null };

describe('What a comparison says', () => {
  it('is the means, how far they are apart, how surely, and whether that may be chance', () => {
    assert.equal(
      figureInWords(told(0.5, 0.02), names, alone, 0.95),
      'Score: “Frozen” has +2.5 on average (500 runs), “Occlusion” +2 (480 runs): a difference of +0.5, with 95 % confidence between +0.4 and +0.6. That is more than chance alone would do: p = 0.01 by a permutation test; effect size 0.5 (Hedges’ g), medium.',
    );
    assert.match(figureInWords(told(0.1, 0.5), names, alone, 0.95), /no more than chance alone might do: p = 0\.25/);
  });

  it('of many says how sure it is with all of them allowed for, which is what counts', () => {
    const words = figureInWords(told(0.5, 0.06), names, { comparisons: 24, pairs: 60 }, 0.9);
    assert.match(words, /no more than chance .*: p = 0\.03 by a permutation test, p = 0\.06 with all 24 comparisons/);
    assert.match(words, /90 % confidence .* \(d of the differences\)/);
  });

  it('of one group is about its mean', () => {
    const one = { ...told(0.5, 0.02), b: null, interval: null, exact: true, effectSize: null };
    assert.equal(
      figureInWords(one, ['names', 'zero'], alone, 0.95),
      'Score: “names” has +2.5 on average (500 runs). That is more than chance alone would do: p = 0.01 by an exact permutation test.',
    );
  });

  it('of heads names the one that differs most, of those that do', () => {
    const heads = [told(0.2, 0.01, 'head 0'), told(-0.4, 0.02, 'head 1'), told(3, 0.2, 'head 2')];
    assert.equal(
      manyInWords(heads, names, 'heads'),
      '2 of 3 heads differ between “Frozen” and “Occlusion” more than chance alone would do, all comparisons allowed for; most of all head 1, by −0.4 (p = 0.02).',
    );
    assert.match(manyInWords([told(3, 0.2)], names, 'heads'), /^None of 1 heads differs between/);
  });

  it('counts pairs and what is left out', () => {
    assert.equal(pairsInWords({ pairs: 1, missing: 0 }), '1 pair.');
    assert.equal(
      pairsInWords({ pairs: null, missing: 1200 }),
      '1,200 runs are left out: without the figure, or without a partner.',
    );
  });

  it('has p-values of two digits, and no smaller ones than can be read', () => {
    assert.deepEqual([0.04567, 0.5, 0.00012, 0.00001].map(pInWords), [
      'p = 0.046',
      'p = 0.5',
      'p = 0.00012',
      'p < 0.0001',
    ]);
  });
});
