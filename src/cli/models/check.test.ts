import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Check, checkText } from './check.ts';

const check = (gap: number, passed: boolean): Check => ({
  prompts: [
    { text: 'a', length: 1, token: 'b', probability: 1, logit: 2, identities: [{ name: 'tokens', gap, passed }] },
  ],
  passed,
  unread: [],
  blocks: 1,
  first: 1,
  attribution: 1,
  forward: { length: 1, milliseconds: 1 },
  peakMemory: 1,
});

it('a check tells which identity does not hold, and that its model is not sound', () => {
  assert.match(checkText('m', check(0.5, false)), /tokens +5\.0e-1 FAILED(?:.|\n)*m is NOT sound/);
  assert.match(checkText('m', check(1e-7, true)), /tokens +1\.0e-7 ok(?:.|\n)*m is sound/);
});
