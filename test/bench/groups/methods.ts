import { attribution, plainLast } from '../scenarios.ts';
import { timed } from '../timed.ts';

const steps = 32;

export const methods = timed({
  name: 'methods',
  title: 'Methods of attribution, tokens only',
  shapes: ['gpt2', 'llama-135m'],
  lengths: () => [64, 256],
  scenarios: {
    plainLast,
    gradient: attribution('GRADIENT'),
    attnLrp: attribution('ATTN_LRP'),
    rollout: attribution('ATTENTION_ROLLOUT'),
    integratedGradients: attribution('INTEGRATED_GRADIENTS', {}, { steps }),
  },
  rows: [
    { row: 'GRADIENT / plain', of: 'gradient', over: 'plainLast' },
    { row: 'ATTN_LRP / plain', of: 'attnLrp', over: 'plainLast' },
    { row: 'ATTENTION_ROLLOUT / plain', of: 'rollout', over: 'plainLast' },
    {
      row: `INTEGRATED_GRADIENTS, ${steps} steps / ${steps} GRADIENT`,
      of: 'integratedGradients',
      over: 'gradient',
      times: () => steps,
      goal: 0.85,
    },
  ],
});
