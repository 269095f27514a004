import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SweepPartsFragment } from '../../../../client/generated/graphql.ts';
import { costInWords, progressInWords, statusInWords } from './words.ts';

const sweep: SweepPartsFragment = {
  id: '1',
  status: 'RUNNING',
  rowCount: 1000,
  done: 630,
  failed: 10,
  found: 12,
  left: 360,
  createdAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
  rowsPerSecond: 12.5,
  secondsLeft: 28.8,
};

describe('A sweep in words', () => {
  it('says what it would take, and what of it is there', () => {
    const estimate = {
      rows: 1200,
      distinct: 1200,
      stored: 0,
      failing: 0,
      seconds: 40,
      storedBytes: 35e6,
      peakMemory: 1.2e9,
    };
    const told = (some: object) => costInWords({ ...estimate, ...some } as Parameters<typeof costInWords>[0]);
    assert.equal(told({}), '1,200 rows: about 40 s, 35 MB on disk, 1.2 GB of memory at the most.');
    assert.match(
      told({ distinct: 1000, stored: 12, failing: 1 }),
      /^1,200 rows \(1,000 of them different, 12 answered already, 1 cannot be asked\): /,
    );
  });

  it('says how far it is, how fast, and how long yet', () => {
    assert.equal(
      progressInWords(sweep),
      '640 of 1,000 rows: 630 answered, 12 of them before, 10 failed, 360 left; 12.5 rows a second, about 29 s left',
    );
    const ended = { ...sweep, status: 'CANCELLED', found: 0, failed: 0 } as const;
    assert.equal(progressInWords(ended), '630 of 1,000 rows: 630 answered, 360 left');
  });

  it('says how long it took', () => {
    assert.equal(statusInWords(sweep), 'running');
    const ended = { ...sweep, status: 'COMPLETED', finishedAt: '2026-01-01T00:00:42.000Z' } as const;
    assert.equal(statusInWords(ended), 'completed in 42 s');
    assert.equal(statusInWords({ ...ended, status: 'CANCELLED' }), 'cancelled');
  });
});
