import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerWith, tokenOf } from './answers.fixture.ts';
import { predictionOf, progress, type Told } from './prediction.ts';

const run = { seq: 0, at: '', run: { id: '' } };
const lens = { token: tokenOf(' Ben'), logit: 1, probability: 0.15, rank: 1 };
const started: Told['started'] = {
  __typename: 'AttributionStarted',
  ...run,
  tokens: [tokenOf('a', 0), tokenOf('b', 1)],
  requested: { position: 1, token: null, against: null, kind: 'LOGIT', span: null },
  layerCount: 4,
  throughBlocks: true,
  unit: 'BLOCKS',
  total: 8,
};
const nothing: Told = { started: undefined, passed: [], attributed: [], done: 0, completed: undefined };
const passed: Told['passed'] = [0, 1].map((layer) => ({
  __typename: 'LayerPassed',
  ...run,
  layer,
  elapsed: 1,
  provisional: null,
  lens: [lens],
  target: { ...lens, probability: 0.15 + layer / 10 },
}));

function completed(): Told['completed'] {
  const { tokens, bias, intercept, audit, target } = answerWith(
    [
      ['a', 1],
      ['b', 2],
    ],
    { target: { against: tokenOf(' John') } },
  );
  return {
    __typename: 'AttributionCompleted',
    ...run,
    normScale: 1,
    tokens: [...tokens],
    bias,
    intercept,
    audit,
    target,
  };
}

describe('what is predicted', () => {
  it('is not known before the first block', () => {
    assert.deepEqual(
      [predictionOf({ ...nothing, started }).position, predictionOf({ ...nothing, started }).text],
      [1, '→ ?'],
    );
  });

  it('is what the last block that was passed would say, until the end says it', () => {
    const { text, note } = predictionOf({ ...nothing, started, passed });
    assert.deepEqual([text, note], ['→ ·Ben 25 %', 'after 2 of 4 layers']);
    const end = predictionOf({ ...nothing, started, passed, completed: completed() });
    assert.deepEqual([end.text, end.note], ['→ ·Mary 99 %', 'logit 20, rather than ·John']);
  });
});

describe('how far a run is', () => {
  it('is told in blocks on the way up, and as a sum on the way down', () => {
    assert.match(progress(nothing), /being read/);
    assert.match(progress({ ...nothing, started, passed }), /^2 of 4 layers are passed/);
    const part = { direct: 0, total: 0 };
    const layer = {
      __typename: 'LayerAttributed',
      ...run,
      layer: 3,
      elapsed: 1,
      residual: 17.5,
      bias: 0.25,
      biasSoFar: 1.25,
      attention: part,
      mlp: part,
      attentionBias: part,
      heads: [],
    } as const;
    const attributed: Told['attributed'] = [
      undefined,
      undefined,
      { ...layer, layer: 2, residual: 18, heads: [] },
      { ...layer, heads: [] },
    ];
    assert.match(
      progress({ ...nothing, started, passed, attributed }),
      /^Traced back to layer 2: .* carry 18 .* 1\.25\.$/,
    );
  });

  it('is counted where a method does not go through the blocks', () => {
    const counted = { ...started, throughBlocks: false, unit: 'TOKENS', total: 14 } as Told['started'];
    assert.equal(progress({ ...nothing, started: counted, done: 5 }), '5 of 14 tokens are done.');
  });
});
