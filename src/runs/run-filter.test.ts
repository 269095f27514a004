/** What of a prompt is found by which text. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { circulation, subject } from '../../test/support/scripted-engine.ts';
import { temporaryRuns } from '../../test/support/temporary-runs.ts';

const characters = fc.constantFrom(
  ...['a', 'A', 'é', 'É', 'ß', 'Σ', 'σ', 'ς', '%', '_', '\\', '[', '*', '\0', "'", '🙂', ' ', '\n', '?'],
);

/** Each character by itself: σ has another small letter at the end of a word. */
const lower = (text: string) =>
  Array.from(text, (one) => one.toLowerCase())
    .join('')
    .replaceAll('ς', 'σ');

describe('a prompt', () => {
  it('is found by whatever it contains, in letters of any case, and by nothing else', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    let seed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: characters, maxLength: 12 }),
        fc.string({ unit: characters, minLength: 1, maxLength: 3 }),
        async (text, sought) => {
          const asked = { ...subject, textOf: () => text };
          const { id, promptText } = await runs.startCirculation(asked, circulation(++seed));
          assert.equal(promptText, text);
          const found = await store.list({ limit: 1 }, { prompt: sought });
          assert.equal(found[0]?.id === id, lower(text).includes(lower(sought)), JSON.stringify([text, sought]));
          assert.equal((await store.find(id))?.promptText, text);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('that nobody has told the text of is found by none', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const { id, promptText } = await runs.startCirculation(subject, circulation(1));
    assert.equal(promptText, null);
    assert.deepEqual(await store.list({ limit: 1 }, { prompt: 'a' }), []);
    assert.equal((await store.list({ limit: 1 }, { prompt: '' }))[0]?.id, id);
  });
});
