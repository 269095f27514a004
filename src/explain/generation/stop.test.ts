import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referenceFolder } from '../../../test/reference/reference.ts';
import { Tokenizer } from '../../checkpoint/tokenizer.ts';
import type { GenerationRequest } from './event.ts';
import { stopOf } from './stop.ts';

const asked: GenerationRequest = {
  inputIds: [40],
  maxTokens: 100,
  sampling: null,
  stopTokens: [],
  stopTexts: [],
  top: 0,
  attribution: null,
};

describe('an answer', async () => {
  const tokenizer = await Tokenizer.open(referenceFolder('gpt2-plain'));
  const model = { tokenizer: async () => tokenizer };

  /** What ends it, and how many tokens it then has; undefined where nothing does. */
  async function end(request: Partial<GenerationRequest>, ids: readonly number[]) {
    const stop = await stopOf(model, { ...asked, ...request });
    const answer: number[] = [];
    for (const id of ids) {
      answer.push(id);
      const reason = stop(answer);
      if (reason) return [reason, answer.length];
    }
    return undefined;
  }

  it('ends with the first token that ends it', async () => {
    assert.deepEqual(await end({ stopTokens: [7, 9] }, [1, 9, 7]), ['STOP_TOKEN', 2]);
    assert.deepEqual(await end({ stopTokens: [1] }, [1]), ['STOP_TOKEN', 1]);
    assert.equal(await end({ stopTokens: [40] }, [1, 2]), undefined);
  });

  it('ends when it is as long as it may be', async () => {
    assert.deepEqual(await end({ maxTokens: 1 }, [1, 2]), ['LENGTH', 1]);
    assert.deepEqual(await end({ maxTokens: 3, stopTexts: ['never'] }, [1, 2, 3, 4]), ['LENGTH', 3]);
  });

  it('ends with the token that completes a text, though it began tokens before', async () => {
    const ids = tokenizer.encode('to the sea, and on');
    const until = ids.findIndex((_, index) => tokenizer.spell(ids.slice(0, index + 1)).includes('sea, a'));
    assert.ok(until > 2);
    assert.deepEqual(await end({ stopTexts: ['nowhere', 'sea, a'] }, ids), ['STOP_TEXT', until + 1]);
  });

  it('ends with a text within one token, and goes on behind it no further', async () => {
    const ids = tokenizer.encode('to the river');
    const longer = ids.findIndex((id) => tokenizer.token(id).text.length > 1);
    const { text } = tokenizer.token(ids[longer] as number);
    const inside = text.slice(0, -1);
    assert.ok(!tokenizer.spell(ids.slice(0, longer)).includes(inside));
    assert.deepEqual(await end({ stopTexts: [inside] }, ids), ['STOP_TEXT', longer + 1]);
  });

  it('does not end with a text that its prompt has, or that its prompt begins', async () => {
    const inputIds = tokenizer.encode('the sea');
    const answer = tokenizer.encode(', and');
    assert.equal(await end({ inputIds, stopTexts: ['sea', 'sea,'] }, answer), undefined);
    assert.deepEqual(await end({ inputIds, stopTexts: ['sea', ','] }, answer), ['STOP_TEXT', 1]);
  });

  it('ends with a character of several tokens when the last of them is there', async () => {
    const ids = tokenizer.encode('a€b');
    assert.equal(ids.length, 5);
    assert.deepEqual(await end({ stopTexts: ['€'] }, ids), ['STOP_TEXT', 4]);
  });

  it('does not end with the text of a special token, which has none', async () => {
    const [special] = tokenizer.encode('<|endoftext|>');
    assert.equal(await end({ stopTexts: ['<|endoftext|>'] }, [special as number]), undefined);
    assert.deepEqual(await end({ stopTokens: [special as number] }, [special as number]), ['STOP_TOKEN', 1]);
  });

  it('is stopped by a token rather than a text or its length', async () => {
    const [comma] = tokenizer.encode(',');
    const all = { stopTokens: [comma as number], stopTexts: [','], maxTokens: 1 };
    assert.deepEqual(await end(all, [comma as number]), ['STOP_TOKEN', 1]);
    assert.deepEqual(await end({ ...all, stopTokens: [] }, [comma as number]), ['STOP_TEXT', 1]);
  });

  it('needs no tokenizer where no text ends it', async () => {
    const none = { tokenizer: () => Promise.reject(new Error('read')) };
    const stop = await stopOf(none, { ...asked, stopTokens: [3] });
    assert.equal(stop([3]), 'STOP_TOKEN');
    await assert.rejects(stopOf(none, { ...asked, stopTexts: ['x'] }), { message: 'read' });
  });
});
