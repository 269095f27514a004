import { attribution, everything, plainAll, plainLast, traced } from '../scenarios.ts';
import { timed } from '../timed.ts';

export const passes = timed({
  name: 'passes',
  title: 'Passes',
  shapes: ['gpt2', 'llama-135m', 'llama-1b'],
  lengths: (shape) => (shape === 'llama-1b' ? [64, 256] : [64, 256, 512]),
  scenarios: {
    plainLast,
    plainAll,
    traced,
    tokens: attribution('FROZEN'),
    layers: attribution('FROZEN', { layers: 1 }),
    everything: attribution('FROZEN', everything),
  },
  rows: [
    { row: 'plain: one graph, logits of the last position', of: 'plainLast' },
    {
      row: 'one graph, logits of all positions / plain',
      of: 'plainAll',
      over: 'plainLast',
      // Both together would have the weights twice.
      at: (_length, shape) => shape !== 'llama-1b',
    },
    { row: 'traced forward pass / plain', of: 'traced', over: 'plainLast', goal: 1.2 },
    { row: 'FROZEN tokens / plain', of: 'tokens', over: 'plainLast', goal: 2 },
    { row: 'FROZEN tokens, layers and heads / plain', of: 'layers', over: 'plainLast' },
    { row: 'FROZEN everything / plain', of: 'everything', over: 'plainLast', goal: 2.9 },
  ],
});
