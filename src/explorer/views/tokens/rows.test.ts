import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerWith } from './answers.fixture.ts';
import { barColumns, tokenColumns, tokenRows, tokenTable } from './rows.ts';

const one = answerWith([
  ['a', 3],
  [' b', -1],
]);
const other = answerWith(
  [
    ['a', 2.5],
    [' b', 1],
  ],
  { method: 'GRADIENT' },
);
const shares = [
  { share: 0.75, textShare: 0.75 },
  { share: -0.25, textShare: -0.25 },
];

describe('tokens in rows', () => {
  it('have a column for what is known, and none for what is not', () => {
    const titles = (rows: ReturnType<typeof tokenRows>) => tokenColumns(rows, ['logits']).map(({ title }) => title);
    assert.deepEqual(titles(tokenRows([{ answer: one, shares: undefined }])), ['position', 'score (logits)']);
    assert.deepEqual(titles(tokenRows([{ answer: one, shares }])), ['position', 'score (logits)', 'share']);
  });

  it('have shares without special tokens where there are any, which have none themselves', () => {
    const [begin, word] = one.tokens as [(typeof one.tokens)[0], (typeof one.tokens)[0]];
    const special = { ...one, tokens: [{ ...begin, token: { ...begin.token, special: true } }, word] };
    const { columns, rows } = tokenTable(
      tokenRows([
        {
          answer: special,
          shares: [
            { share: 0.75, textShare: null },
            { share: -0.25, textShare: -1 },
          ],
        },
      ]),
      ['logits'],
    );
    assert.equal(columns.at(-1), 'share without special tokens');
    assert.deepEqual(
      rows.map((row) => row.at(-1)),
      [null, -1],
    );
  });

  it('of two answers have the second score less the first, where both count the same', () => {
    const rows = tokenRows([
      { answer: one, shares },
      { answer: other, shares },
    ]);
    assert.deepEqual(
      rows.map(({ difference }) => difference),
      [-0.5, 2],
    );
    const rollout = answerWith(
      [
        ['a', 0.5],
        [' b', 0.5],
      ],
      { method: 'ATTENTION_ROLLOUT' },
    );
    assert.deepEqual(
      tokenRows([
        { answer: one, shares },
        { answer: rollout, shares },
      ]).map(({ difference }) => difference),
      [undefined, undefined],
    );
  });

  it('draw no attention as if it spoke for the target', () => {
    const rollout = answerWith(
      [
        ['a', 0.5],
        [' b', 0.5],
      ],
      { method: 'ATTENTION_ROLLOUT' },
    );
    const rows = tokenRows([{ answer: rollout, shares: undefined }]);
    assert.ok(barColumns(rows, [rollout.unit]).every(({ bar }) => !bar));
    assert.ok(barColumns(tokenRows([{ answer: one, shares: undefined }]), [one.unit]).some(({ bar }) => bar));
  });

  it('are taken along exactly, whatever stands in them', () => {
    const { rows, columns } = tokenTable(tokenRows([{ answer: one, shares }]), ['logits']);
    assert.deepEqual(columns.slice(0, 4), ['position', 'token id', 'text', 'special']);
    assert.deepEqual(
      rows.map((row) => [row[0], row[2], row[4], row[5]]),
      [
        [0, 'a', 3, 0.75],
        [1, ' b', -1, -0.25],
      ],
    );
  });
});
