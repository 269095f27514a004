import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, duration, exact, parameters, percent, rounded, signed } from './number.ts';

describe('Figures', () => {
  it('have three significant digits', () => {
    assert.deepEqual([17.4142, -21.34, 0.99949, 0.001234, 123456].map(rounded), [
      '17.4',
      '−21.3',
      '0.999',
      '0.00123',
      '123000',
    ]);
    assert.deepEqual([0, -0, 1.2e-6, -2.5e9].map(rounded), ['0', '0', '1.2·10⁻⁶', '−2.5·10⁹']);
  });

  it('have a sign where they contribute', () => {
    assert.deepEqual([17.4142, -21.34, 0, 2e-4].map(signed), ['+17.4', '−21.3', '0', '+2·10⁻⁴']);
  });

  it('are exact in titles', () => {
    assert.deepEqual([-17.412345, 1e-7].map(exact), ['−17.412345', '1e−7']);
  });

  it('that are no numbers are never shown as such', () => {
    const none = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const format of [rounded, exact, percent]) assert.deepEqual(none.map(format), ['–', '∞', '−∞']);
  });
});

describe('Shares', () => {
  it('are per cent, with a digit more near nothing and near all', () => {
    assert.deepEqual([0.5, 0.0832, 0.997, 0.412, -0.4, 1.06].map(percent), [
      '50 %',
      '8.3 %',
      '99.7 %',
      '41 %',
      '−40 %',
      '106 %',
    ]);
  });

  it('are nothing or all only where they are', () => {
    assert.deepEqual([0, 0.0004, 0.99951, 0.9999999, 1].map(percent), [
      '0 %',
      '< 0.1 %',
      '> 99.9 %',
      '> 99.9 %',
      '100 %',
    ]);
  });
});

describe('Amounts', () => {
  it('are told in the unit that fits', () => {
    assert.deepEqual([0.0001, 0.34, 0.9996, 1.24, 240].map(duration), ['< 1 ms', '340 ms', '1 s', '1.2 s', '4 min']);
    assert.deepEqual([512, 56e6, 1.24e9].map(bytes), ['510 B', '56 MB', '1.2 GB']);
    assert.deepEqual([2_340_000, 1.1e9].map(parameters), ['2.3 M', '1.1 B']);
  });
});
