import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { depth, flow, followed, said, token } from '../../../../test/support/flow-figures.ts';
import { captionOf } from './caption.ts';
import { describeCarried, describeCell, describeMove } from './describe.ts';
import { flowOf, isSameDepth, type Told } from './figures.ts';
import { pauses } from './replay.ts';
import { type Progress, statusOf } from './status.ts';
import { tablesOf } from './takeaway.ts';

const mary = token(' Mary', 1);
const tokens = ['When', ' Mary', ' to'].map(token);
const heads = [
  [0, 3, 1],
  [0, 0, 7],
];
const blocks = [
  depth(0, { followed: [followed(mary, [0, 0.9, 0.02], [[0, 1, 0.5]])], says: said('h', 0.14) }),
  depth(1, {
    followed: [followed(mary, [0, 0.6, 0.41], heads)],
    says: said(' Mary', 0.77),
    target: said(' Mary', 0.77),
    writes: { attention: 2.5, mlp: null },
  }),
];
const edge = { layer: 1, head: 1, from: { position: 1 }, to: { position: 2 }, weight: 0.99, score: 2.3 };

describe('the figures of the flow', () => {
  const lens = said('h', 0.5);
  const started = { tokens, layerCount: 2, requested: { position: 2, kind: 'LOGIT', token: null, against: null } };
  const pass = (layer: number) => ({
    layer,
    elapsed: 3,
    lens: [lens],
    target: lens,
    provisional: { attention: 1, mlp: 2 },
  });
  const none = { passed: [], attributed: [], completed: undefined };
  const told = (parts: object, circulation?: object) =>
    flowOf({ attribution: { started, ...none, ...parts }, circulation } as unknown as Told);

  it('are none before the prompt is known', () => {
    assert.equal(told({ started: undefined }), undefined);
  });

  it('begin with the pass of the attribution: what each block says and writes', () => {
    const first = told({ passed: [pass(0)] });
    assert.deepEqual([first?.passed, first?.depths.length, first?.followed], [1, 1, []]);
    assert.deepEqual([first?.depths[0]?.says, first?.depths[0]?.writes], [lens, { attention: 1, mlp: 2 }]);
    assert.equal(first?.isFinal, false);
  });

  it('grow with the way of the tokens once they are followed, and keep what the attribution knows', () => {
    const layer = { layer: 0, elapsed: 5, tracked: [followed(mary, [0, 1, 0])], lens: [said('x', 0.2)], target: lens };
    const next = told(
      { passed: [pass(0), pass(1)] },
      { started: { tokens, layerCount: 2, tracked: [mary] }, layers: [layer] },
    );
    assert.deepEqual([next?.passed, next?.depths.length], [1, 2]);
    assert.deepEqual(next?.depths[0]?.followed, layer.tracked);
    assert.equal(next?.depths[0]?.says, layer.lens[0]);
    assert.deepEqual([next?.depths[1]?.followed, next?.depths[1]?.says], [[], lens]);
  });

  it('end with what the blocks write, in the unit of what is explained', () => {
    const attributed = [0, 1].map((layer) => ({ layer, attention: { direct: 4, total: 9 }, mlp: null }));
    const end = told({
      passed: [pass(0), pass(1)],
      attributed,
      completed: { target: { ...started.requested, position: 1, kind: 'PROBABILITY' } },
    });
    assert.deepEqual(end?.depths[1]?.writes, { attention: 4, mlp: null });
    assert.deepEqual([end?.isFinal, end?.position, end?.words.unit], [true, 1, 'probability']);
  });

  it('of a block are drawn anew only where they differ', () => {
    const followed = [] as const;
    const [one, two] = [depth(0, { says: lens, followed }), depth(0, { says: lens, followed })];
    assert.ok(isSameDepth(one, two));
    assert.ok(!isSameDepth(one, { ...two, writes: { attention: 1, mlp: 1 } }));
    assert.ok(!isSameDepth(one, undefined));
  });
});

describe('the caption', () => {
  it('says how much of the predicting position comes from the followed token, and by which head', () => {
    assert.equal(
      captionOf(flow(blocks), 2, [edge]),
      "After layer 1, 41 % of the stream at the last token (' to') comes from ' Mary'; head 1.1 carried the most of it there (norm 7), and its strongest move there, reading ' Mary', counts +2.3 logits.",
    );
  });

  it('is of what is drawn: in a replay of fewer blocks', () => {
    assert.equal(
      captionOf(flow(blocks), 1, [edge]),
      "After layer 0, 2.0 % of the stream at the last token (' to') comes from ' Mary'; head 0.0 carried the most of it there (norm 0.5).",
    );
    assert.match(captionOf(flow(blocks), 0), /' Mary' comes in below/);
  });

  it('of the predicting token itself names no head', () => {
    const self = depth(0, { followed: [followed(token(' to', 2), [0, 0, 0.63])] });
    assert.equal(
      captionOf(flow([self], { followed: [token(' to', 2)] }), 1),
      "After layer 0, 63 % of the stream at the last token (' to') comes from that token itself.",
    );
  });

  it('before tokens are followed says what the model would say', () => {
    const [, second] = blocks;
    assert.equal(
      captionOf(flow([depth(0), { ...(second as (typeof blocks)[number]), followed: [] }], { followed: [] }), 2),
      "After layer 1 the model would say ' Mary' (77 %) after the last token (' to').",
    );
  });
});

describe('the words for a place', () => {
  it('have every figure of a cell, to the last digit', () => {
    const { title, lines } = describeCell(flow(blocks), 2, 2, 2);
    assert.equal(title, "' to' (2) after layer 1");
    assert.equal(lines[0]?.text, "' Mary': 41 % of the stream · norm 4.1 · attention carried 8 · the MLP made 0.82");
    assert.equal(lines[0]?.exact, `share 0.41, norm ${10 * 0.41}, through attention 8, through MLP 0.82`);
    assert.equal(lines[1]?.text, "would say ' Mary' (77 %)");
    assert.equal(lines[2]?.text, 'the layer writes to the logit: attention +2.5');
  });

  it('of a run of tokens say where the largest share is', () => {
    const { title, lines } = describeCell(flow(blocks), 2, 2, 0, 3);
    assert.equal(title, "'When' (0) to ' to' (2) after layer 1");
    assert.match(lines[0]?.text ?? '', /^' Mary': 60 % at most, at ' Mary' \(1\)/);
  });

  it('say what is not there', () => {
    assert.deepEqual(describeCell(flow(blocks), 1, 2, 2).lines, [{ text: 'not there yet' }]);
    assert.deepEqual(describeCell(flow(blocks), 2, 0, 0).lines, [{ text: 'nothing that is followed' }]);
    assert.deepEqual(describeCell(flow(blocks), 2, 0, 1).lines, [{ index: 0, text: "' Mary' comes in here" }]);
  });

  it('name the heads of an arc', () => {
    const { title, lines } = describeCarried(flow(blocks), { layer: 1, index: 0, from: 1, to: 2, amount: 8 });
    assert.equal(title, "Layer 1 carries ' Mary' to ' to' (2)");
    assert.equal(lines[1]?.text, 'most by head 1.1 (7), head 1.0 (1)');
    const move = describeMove(flow(blocks), edge);
    assert.equal(move.title, "Head 1.1: ' to' (2) reads ' Mary' (1)");
    assert.equal(move.lines[0]?.text, '+2.3 logits · attention 99 %');
  });
});

describe('the status', () => {
  const progress: Progress = {
    phase: 'running',
    passed: 3,
    layerCount: 4,
    elapsed: 12.4,
    ahead: undefined,
    isConnected: true,
    what: 'circulation',
  };
  const text = (parts: Partial<Progress>) => statusOf({ ...progress, ...parts }).text;

  it('says how far it is, or why not', () => {
    assert.deepEqual(statusOf(progress), { text: 'live · layer 3 of 4 · 12 ms', tone: 'live' });
    assert.equal(text({ phase: 'waiting', passed: 0, ahead: 2 }), 'waiting · 2 before it');
    assert.equal(text({ phase: 'completed', passed: 4 }), '4 layers in 12 ms');
    assert.equal(text({ phase: 'completed', passed: 4, what: 'attribution' }), 'attributed · 4 layers, 12 ms');
    assert.equal(text({ phase: 'cancelled' }), 'stopped at layer 3 of 4');
    assert.equal(text({ phase: 'failed' }), 'failed after layer 3 of 4');
    assert.equal(text({ isConnected: false }), 'connecting again · layer 3 of 4 so far');
    assert.equal(text({ isConnected: false, phase: 'completed', passed: 4 }), '4 layers in 12 ms');
  });
});

describe('a replay', () => {
  it('lasts in proportion to what the blocks took, long enough to be seen', () => {
    const { pauses: each, slowed } = pauses([depth(0, { elapsed: 30 }), depth(1, { elapsed: 10 })]);
    assert.deepEqual([each, slowed], [[1800, 600], 60]);
  });

  it('is as slow as the run was, where that can be followed', () => {
    assert.deepEqual(pauses([depth(0, { elapsed: 3000 }), depth(1, { elapsed: 2000 })]).pauses, [3000, 2000]);
  });
});

describe('what is taken along', () => {
  it('has the figures as they came', () => {
    const [shares, lens, moves] = tablesOf(flow(blocks), [edge]);
    assert.deepEqual(shares?.rows.at(-1), [1, 2, ' to', 1, ' Mary', 0.41, 10 * 0.41, 8, 0.82]);
    assert.equal(shares?.rows.length, 6);
    assert.deepEqual(lens?.rows[1], [1, ' Mary', 0.77, ' Mary', 0.77, 1]);
    assert.deepEqual(moves?.rows, [[1, 1, 1, ' Mary', 2, ' to', 0.99, 2.3]]);
    for (const { columns, rows } of [shares, lens, moves].filter((table) => table !== undefined))
      for (const row of rows) assert.equal(row.length, columns.length);
  });
});
