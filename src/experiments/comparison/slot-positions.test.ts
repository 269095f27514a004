import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layText } from '../../explain/groups/laid-text.ts';
import { positionsOfText } from './slot-positions.ts';

/** Each text is a token; those in angle brackets are marks. */
function positions(tokens: readonly string[], text: string): number[] {
  const reader = {
    token: (id: number) => ({ text: tokens[id] ?? '', special: (tokens[id] ?? '').startsWith('<') }),
    decode: (ids: readonly number[]) => ids.map((id) => tokens[id]).join(''),
  };
  return positionsOfText(layText([...tokens.keys()], reader), text);
}

describe('the tokens that the text of a slot makes', () => {
  const prompt = ['<s>', 'When', ' Mary', ' and', ' Jo', 'hn', ' went', ',', ' Mary', ' gave', ' Johnson', '.'];

  it('are wherever it stands, with the space before it', () => {
    assert.deepEqual(positions(prompt, 'Mary'), [2, 8]);
    assert.deepEqual(positions(prompt, ' Mary '), [2, 8]);
  });

  it('are several where it is split', () => {
    assert.deepEqual(positions(prompt, 'John'), [4, 5]);
  });

  it('are none within another word', () => {
    assert.deepEqual(positions(prompt, 'son'), []);
    assert.deepEqual(positions(prompt, 'Joh'), []);
  });

  it('are none of a text that is not there, or is empty', () => {
    assert.deepEqual(positions(prompt, 'Anna'), []);
    assert.deepEqual(positions(prompt, ' '), []);
  });

  it('are those of texts of several words, and of marks that are text', () => {
    assert.deepEqual(positions(prompt, 'Mary gave'), [8, 9]);
    assert.deepEqual(positions(prompt, ','), [7]);
    assert.deepEqual(positions(prompt, '<s>'), []);
  });

  it('are found once where it stands twice in a token', () => {
    assert.deepEqual(positions(['a a', ' a', 'b a'], 'a'), [0, 2]);
  });
});
