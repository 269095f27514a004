import assert from 'node:assert/strict';
import { it } from 'node:test';
import { blockSpans } from './blocks.ts';

it('blocks are passed forward from the first and back from the last, one after the other, as long as each took', () => {
  const spans = blockSpans({ forward: [0.001, 0.002], back: [0.003, 0.004], keptBytes: 0 }, 1000);
  assert.deepEqual(spans, [
    { direction: 'forward', layer: 0, began: 1000, ended: 1001 },
    { direction: 'forward', layer: 1, began: 1001, ended: 1003 },
    { direction: 'back', layer: 1, began: 1003, ended: 1007 },
    { direction: 'back', layer: 0, began: 1007, ended: 1010 },
  ]);
  assert.deepEqual(blockSpans({ forward: [], back: [], keptBytes: 0 }, 1000), []);
});
