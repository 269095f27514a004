import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { subject } from '../../../test/support/scripted-engine.ts';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { batchesOf, requestOf } from './batches.ts';
import type { AttributionAsked } from './questions.ts';

interface Asked {
  readonly method?: string;
  readonly selection?: AttributionSelection;
  readonly position?: number;
  readonly revision?: string;
}

let rows = 0;
function asked(inputIds: readonly number[], { method = 'FROZEN', selection = {}, position = 0, revision }: Asked = {}) {
  const target = { position, token: null, against: null };
  return {
    rows: [rows++],
    subject: revision ? { ...subject, fingerprint: revision } : subject,
    specification: {} as AttributionAsked['specification'],
    question: { kind: 'LOGIT_ATTRIBUTION', input: { inputIds, method, target } },
    contentHash: `${rows}`,
    selection,
    own: selection,
  } satisfies AttributionAsked;
}

describe('batches', () => {
  it('have what can be computed together, each question once, and not too many', () => {
    const all = [
      ...Array.from({ length: 70 }, (_, index) => asked([1, index])),
      asked([1, 2, 3]),
      asked([1, 2], { method: 'GRADIENT' }),
      asked([1, 2], { selection: { layers: 1 } }),
      asked([1, 2], { revision: 'other files' }),
    ];
    const batches = batchesOf(all);
    assert.deepEqual(
      batches.map(({ length }) => length),
      [64, 6, 1, 1, 1, 1],
    );
    assert.deepEqual(batches.flat(), all);
  });

  it('have fewer of long prompts', () => {
    const long = Array.from({ length: 3000 }, () => 1);
    assert.deepEqual(
      batchesOf([asked(long), asked(long), asked([1])]).map(({ length }) => length),
      [1, 1, 1],
    );
  });

  it('read a prompt once that several targets have', () => {
    const batch = [asked([1, 2]), asked([3, 4]), asked([1, 2], { position: 1 })];
    const { request, places } = requestOf(batch);
    assert.deepEqual(
      request.prompts.map(({ inputIds, targets }) => [inputIds, targets.map(({ position }) => position)]),
      [
        [
          [1, 2],
          [0, 1],
        ],
        [[3, 4], [0]],
      ],
    );
    assert.deepEqual(places, [
      { prompt: 0, target: 0 },
      { prompt: 1, target: 0 },
      { prompt: 0, target: 1 },
    ]);
  });
});
