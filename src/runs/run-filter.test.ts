/** What of a prompt is found by which text. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { circulation, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import { beginningOf } from './run-filter.ts';

const characters = fc.constantFrom(
  ...['a', 'A', 'é', 'É', 'ß', 'Σ', 'σ', 'ς', '%', '_', '\\', '[', '*', '\0', "'", '🙂', ' ', '\n', '?'],
);

/** Each character by itself: σ has another small letter at the end of a word. */
const lower = (text: string) =>
  Array.from(text, (one) => one.toLowerCase())
    .join('')
    .replaceAll('ς', 'σ');

onEachStore('a prompt', ({ temporaryRuns }) => {
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

  it('is found by a long text only if it has all of it, of which SQLite looks for the beginning', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const text = `${'🙂a'.repeat(20)}b`;
    const { id } = await runs.startCirculation({ ...subject, textOf: () => text }, circulation(1));
    const found = async (prompt: string) => (await store.list({ limit: 1 }, { prompt })).map((run) => run.id);
    assert.deepEqual(await found(text.toUpperCase()), [id]);
    assert.deepEqual(await found(`${'🙂a'.repeat(20)}c`), []);
    assert.deepEqual(
      (await store.many.among([id], { prompt: `${'🙂a'.repeat(20)}B` })).map((run) => run.id),
      [id],
    );
    assert.deepEqual(await store.many.among([id], { prompt: `${'🙂a'.repeat(20)}c` }), []);
    for (const prompt of ['a'.repeat(1000), '🙂'.repeat(500)]) {
      const beginning = beginningOf(prompt);
      assert.ok(Array.from(beginning).length === 16 && prompt.startsWith(beginning));
    }
  });

  it('is looked for in many without keeping others waiting, a page at a time from both ends', async () => {
    await using fixture = await temporaryRuns();
    const { database, store } = fixture;
    const ids = Array.from({ length: 1700 }, () => store.newId());
    const isMeant = (index: number) => index % 300 === 7;
    await database.run.createMany({
      data: ids.map((id, index) => ({
        id,
        kind: 'CIRCULATION',
        status: 'COMPLETED',
        contentHash: id,
        modelName: 'model',
        modelRevision: '0',
        input: '{}',
        createdAt: new Date(0),
        promptFolded: isMeant(index) ? 'the one' : 'another',
      })),
    });
    const meant = ids.filter((_, index) => isMeant(index));
    const found = async (page: Parameters<typeof store.list>[0], prompt = 'The one') =>
      (await store.list(page, { prompt })).map(({ id }) => id);
    for (const inverted of [false, true]) {
      const order = inverted ? meant : meant.toReversed();
      assert.deepEqual(await found({ limit: 100, inverted }), order);
      assert.deepEqual(await found({ limit: 4, inverted }), order.slice(0, 4));
      const [first = '', , third = ''] = order;
      const between = inverted ? { before: first, after: order.at(-1) } : { after: first, before: order.at(-1) };
      assert.deepEqual(await found({ limit: 100, inverted, ...between }), order.slice(1, -1));
      const behind = inverted ? { before: third } : { after: third };
      assert.deepEqual(await found({ limit: 1, inverted, ...behind }), order.slice(3, 4));
    }
    let turns = 0;
    const count = () => {
      turns++;
      turning = setImmediate(count);
    };
    let turning = setImmediate(count);
    // Of two letters: nothing but reading all prompts tells.
    assert.deepEqual(await found({ limit: 1 }, 'qz'), []);
    clearImmediate(turning);
    assert.ok(turns >= 2, `${turns} turns of the event loop`);
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
