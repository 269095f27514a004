/** Every attack, short, by the same seed each time; `npm run attack` goes on for longer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attacks } from './registry.ts';

const seed = 1;
/** Seconds that all of them may take together on a quiet machine. */
const budget = 120;

describe('the server', () => {
  for (const attack of attacks) {
    it(`holds: ${attack.description}`, async (test) => {
      let told = 0;
      const report = (rounds: number) => {
        told = rounds;
      };
      const figures = await attack.run({ seed, rounds: attack.rounds.suite, report });
      assert.equal(told, attack.rounds.suite, 'every round was carried out');
      test.diagnostic(`${attack.name}: ${JSON.stringify(figures)}`);
    });
  }
});

describe('the attacks', () => {
  it('together take no longer than a newcomer waits', () => {
    const seconds = attacks.reduce((sum, attack) => sum + attack.seconds, 0);
    assert.ok(seconds <= budget, `${seconds} seconds`);
  });
});
