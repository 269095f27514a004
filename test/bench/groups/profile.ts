import { profiled } from '../../../src/inference/profile.ts';
import { attribution, circulation, lastOf } from '../scenarios.ts';
import type { Scenario } from '../subject.ts';
import { timed } from '../timed.ts';

/** What it costs that every run says where its time went: the most where blocks are small. */
export const profile = timed({
  name: 'profile',
  title: 'Profiles of runs',
  shapes: ['sample', 'gpt2'],
  lengths: (shape) => (shape === 'sample' ? [16, 64] : [64]),
  byNameOnly: true,
  scenarios: {
    tokens: attribution('FROZEN'),
    profiledTokens: withProfile(attribution('FROZEN')),
    circulation: circulation(lastOf),
    profiledCirculation: withProfile(circulation(lastOf)),
  },
  rows: [
    { row: 'FROZEN tokens, profiled / not', of: 'profiledTokens', over: 'tokens', goal: 1.01 },
    { row: 'circulation, profiled / not', of: 'profiledCirculation', over: 'circulation', goal: 1.01 },
  ],
});

function withProfile(scenario: Scenario): Scenario {
  return async (subject, ids) => {
    await profiled(async () => scenario(subject, ids));
  };
}
