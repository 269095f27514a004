import { generated, plainBehind, plainLast, span, spanAsOne } from '../scenarios.ts';
import { timed } from '../timed.ts';

export const generation = timed({
  name: 'generation',
  title: 'Answers of 64 tokens',
  shapes: ['gpt2', 'llama-135m'],
  lengths: () => [256],
  scenarios: {
    plainLast,
    plainBehind: plainBehind(32),
    first: generated('FIRST'),
    token: generated('TOKEN'),
    explained: generated('EXPLAINED'),
    one: spanAsOne(),
    span: span(32),
  },
  rows: [
    { row: 'first token', of: 'first' },
    { row: 'first token / plain pass over the prompt', of: 'first', over: 'plainLast', goal: 1.2 },
    { row: 'each further token', of: 'token' },
    { row: 'what a token comes from, FROZEN', of: 'explained' },
    { row: '… / plain pass over what it comes from', of: 'explained', over: 'plainBehind', goal: 1.3 },
    { row: 'a span of 32 tokens / one target', of: 'span', over: 'one', goal: 1.5 },
  ],
});
