import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keptTokens } from './batch.ts';
import type { BatchPrompt } from './batch-request.ts';
import { type SideBySide, sideBySide } from './side-by-side.ts';

const length = 64;
const rows = keptTokens / length;

/** @param positions of its targets */
const prompt = (...positions: number[]): BatchPrompt => ({
  inputIds: Array(length).fill(1),
  targets: positions.map((position) => ({ position, token: 1, against: null })),
});

/** Every target of every prompt: [prompt, target], in order. */
function answered(passes: readonly SideBySide[]): string[] {
  return passes
    .flatMap(({ prompts, back }) => back.flat().map(({ prompt, target }) => `${prompts[prompt]}.${target}`))
    .sort();
}

describe('prompts side by side', () => {
  it('have each target answered once, however many prompts and targets there are', () => {
    for (const count of [1, 2, rows, rows + 1, 5 * rows]) {
      const prompts = Array.from({ length: count }, (_, number) =>
        prompt(...Array.from({ length: 1 + (number % 4) }, (_, target) => length - 1 - target)),
      );
      const passes = [...sideBySide(prompts)];
      assert.equal(passes.length, Math.ceil(count / rows));
      const expected = prompts.flatMap(({ targets }, number) =>
        [...targets.keys()].map((target) => `${number}.${target}`),
      );
      assert.deepEqual(answered(passes), expected.sort());
    }
  });

  it('are in every pass back the first of those that went forward, each with one row', () => {
    const last = length - 1;
    const [pass, ...others] = [...sideBySide([prompt(last), prompt(last, 3, 5), prompt(last, last)])];
    assert.deepEqual(others, []);
    assert.deepEqual(pass?.prompts, [1, 2, 0]);
    assert.deepEqual(
      pass?.back.map((rows) => rows.map(({ prompt }) => prompt)),
      [[0, 1, 2], [0, 1], [0]],
    );
  });

  it('end together where their targets do', () => {
    const prompts = Array.from({ length: 2 * rows }, (_, number) => prompt(number % 2 === 0 ? length - 1 : 9));
    const passes = [...sideBySide(prompts)];
    assert.deepEqual(
      passes.map(({ asked, prompts }) => [asked.end, prompts.length]),
      [
        [10, rows],
        [length, rows],
      ],
    );
  });

  it('have all targets of a single one go back together, as many as fit', () => {
    const [pass] = [...sideBySide([prompt(...Array<number>(rows + 2).fill(length - 1))])];
    assert.deepEqual(
      pass?.back.map((batch) => batch.length),
      [rows, 2],
    );
    assert.ok(pass?.back.flat().every(({ prompt }) => prompt === 0));
  });
});
