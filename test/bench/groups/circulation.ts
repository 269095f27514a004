import { circulationFigures } from '../../../src/explain/circulation/event.ts';
import { allOf, circulation as circulate, firstLayer, firstOf, lastOf, plainLast } from '../scenarios.ts';
import { timed } from '../timed.ts';

/** Tokens up to which all of them are followed. */
const mostTracked = 64;

export const circulation = timed({
  name: 'circulation',
  title: 'Circulation',
  shapes: ['gpt2', 'llama-135m'],
  lengths: () => [64, 256, 512],
  scenarios: {
    plainLast,
    last: circulate(lastOf),
    lastLens: circulate(lastOf, ['LENS']),
    first: circulate(firstOf),
    firstLens: circulate(firstOf, ['LENS']),
    all: circulate(allOf),
    everything: circulate(lastOf, circulationFigures),
    firstLayer,
  },
  rows: [
    { row: 'the last token, without the lens / plain', of: 'last', over: 'plainLast', goal: 1.4 },
    { row: 'the last token, with the lens / plain', of: 'lastLens', over: 'plainLast', goal: 1.6 },
    { row: 'the first token, without the lens / plain', of: 'first', over: 'plainLast', goal: 2.1 },
    { row: 'the first token, with the lens / plain', of: 'firstLens', over: 'plainLast', goal: 2.3 },
    { row: 'the last token, everything told / plain', of: 'everything', over: 'plainLast' },
    {
      row: 'all tokens, without the lens / plain',
      of: 'all',
      over: 'plainLast',
      at: (length) => length <= mostTracked,
    },
    { row: 'first block told, share of the whole', of: 'firstLayer', over: 'lastLens', unit: '%' },
  ],
});
