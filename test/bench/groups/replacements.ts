import { mostPasses } from '../../../src/explain/attribution/studies/faithfulness.ts';
import { attribution, plainLast } from '../scenarios.ts';
import { timed } from '../timed.ts';

const ablated = 20;

export const replacements = timed({
  name: 'replacements',
  title: 'Runs with something replaced',
  shapes: ['gpt2'],
  lengths: () => [64, 256],
  scenarios: {
    plainLast,
    occlusion: attribution('OCCLUSION'),
    faithfulness: attribution('FROZEN', { faithfulness: 1 }),
    ablations: attribution('FROZEN', { 'ablations.ZERO': ablated }),
  },
  rows: [
    {
      row: 'OCCLUSION / T plain passes',
      of: 'occlusion',
      over: 'plainLast',
      times: (length) => length,
      goal: (length) => (length === 256 ? 0.6 : undefined),
    },
    { row: 'FROZEN tokens with faithfulness', of: 'faithfulness' },
    {
      row: `FROZEN tokens with faithfulness / ${mostPasses} plain passes`,
      of: 'faithfulness',
      over: 'plainLast',
      times: () => mostPasses,
    },
    {
      row: `FROZEN tokens with ${ablated} ablations / ${ablated} plain passes`,
      of: 'ablations',
      over: 'plainLast',
      times: () => ablated,
    },
  ],
});
