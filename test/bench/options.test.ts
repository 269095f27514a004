/** What the bench is asked for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { help, readOptions } from './options.ts';
import { groupNames } from './registry.ts';

describe('the options of the bench', () => {
  it('leave every group its own shapes and lengths unless told otherwise', () => {
    const { only, shapes, lengths, repetitions } = readOptions([]);
    assert.deepEqual(
      { only, shapes, lengths, repetitions },
      { only: [], shapes: [], lengths: undefined, repetitions: 5 },
    );
  });

  it('are lists, separated by commas or given several times', () => {
    const words = ['--only', 'passes,memory', '--only', 'methods', '--shape', 'gpt2', '--lengths', '64, 256'];
    const { only, shapes, lengths } = readOptions(words);
    assert.deepEqual(
      { only, shapes, lengths },
      { only: ['passes', 'memory', 'methods'], shapes: ['gpt2'], lengths: [64, 256] },
    );
  });

  for (const [words, message] of [
    [['--only', 'speed'], /--only: there is no speed; there are passes, /],
    [['--shape', 'gpt5'], /--shape: there is no gpt5; there are gpt2, /],
    [['--lengths', '64,many'], /--lengths: many is no whole number/],
    [['--repetitions', '0'], /--repetitions: 0 is no whole number from 1 on/],
    [['--fast'], /--fast/],
  ] as const)
    it(`say what is wrong with ${words.join(' ')}`, () => assert.throws(() => readOptions(words), message));

  it('are explained with the name of every group', () => {
    for (const name of groupNames) assert.match(help(), new RegExp(`^  ${name} `, 'm'));
  });
});
