import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { progressLine } from './progress-bar.ts';
import { bytesText, countText, durationText, numberText, tableText } from './text.ts';

describe('what the commands print', () => {
  it('has three digits and a unit', () => {
    assert.deepEqual([0, 999, 1000, 1_250_000, 548_105_171, 2e12].map(bytesText), [
      '0 bytes',
      '999 bytes',
      '1 kB',
      '1.25 MB',
      '548 MB',
      '2 TB',
    ]);
    assert.deepEqual([12, 49_400, 124_439_808, 7e9].map(countText), [
      '12',
      '49.4 thousand',
      '124 million',
      '7 billion',
    ]);
    assert.deepEqual([0.4, 59.6, 75, 3700].map(durationText), ['0 s', '1 min 0 s', '1 min 15 s', '1 h 1 min']);
    assert.deepEqual(
      [0, 1, 2].map((count) => numberText(count, 'run')),
      ['0 runs', '1 run', '2 runs'],
    );
  });

  it('stands in columns', () => {
    assert.equal(
      tableText([
        ['a', 'bb', 'c'],
        ['aaa', 'b', ''],
      ]),
      'a     bb   c\naaa   b',
    );
  });

  it('says how far a download is, how fast, and how long it will take', () => {
    assert.equal(
      progressLine({ bytes: 500e6, total: 2e9, bytesPerSecond: 25e6 }),
      '██████░░░░░░░░░░░░░░░░░░  25 %  500 MB of 2 GB  25 MB/s  1 min 0 s left',
    );
    assert.match(
      progressLine({ bytes: 10, total: 10, bytesPerSecond: 0 }),
      /100 % {2}10 bytes of 10 bytes {2}0 bytes\/s$/,
    );
    assert.match(progressLine({ bytes: 0, total: 0, bytesPerSecond: 0 }), /100 %/);
  });
});
