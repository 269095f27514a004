import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Change, type Edit, editScript } from './edit-script.ts';

/** Few different ones, so that prompts have tokens in common. */
const prompt = fc.array(fc.nat(4), { maxLength: 12 });

/** What an edit script costs at the least, by trying every one. */
function fewestEdits(a: readonly number[], b: readonly number[]): { edits: number; same: number } {
  const known = new Map<string, { edits: number; same: number }>();
  const from = (i: number, j: number): { edits: number; same: number } => {
    if (i === a.length || j === b.length) return { edits: a.length - i + b.length - j, same: 0 };
    const key = `${i} ${j}`;
    const found = known.get(key);
    if (found) return found;
    const isSame = a[i] === b[j];
    const [both, removed, added] = [from(i + 1, j + 1), from(i + 1, j), from(i, j + 1)];
    const ways = [
      { edits: both.edits + (isSame ? 0 : 1), same: both.same + (isSame ? 1 : 0) },
      { edits: removed.edits + 1, same: removed.same },
      { edits: added.edits + 1, same: added.same },
    ];
    const best = ways.sort((x, y) => x.edits - y.edits || y.same - x.same)[0] ?? assert.fail();
    known.set(key, best);
    return best;
  };
  return from(0, 0);
}

const count = (edits: readonly Edit[], change: Change) => edits.filter((edit) => edit.change === change).length;

describe('an edit script', () => {
  it('takes each token of both prompts once, in order, and names what becomes of it', () =>
    fc.assert(
      fc.asyncProperty(prompt, prompt, async (a, b) => {
        const edits = await editScript(a, b);
        assert.deepEqual(
          edits.flatMap((edit) => edit.a ?? []),
          [...a.keys()],
        );
        assert.deepEqual(
          edits.flatMap((edit) => edit.b ?? []),
          [...b.keys()],
        );
        for (const { change, a: ofA, b: ofB } of edits) {
          const expected: Change =
            ofA === null ? 'ADDED' : ofB === null ? 'REMOVED' : a[ofA] === b[ofB] ? 'SAME' : 'REPLACED';
          assert.equal(change, expected);
        }
      }),
    ));

  it('has the fewest edits, and of those the most tokens that stay the same', () =>
    fc.assert(
      fc.asyncProperty(prompt, prompt, async (a, b) => {
        const edits = await editScript(a, b);
        const { edits: fewest, same } = fewestEdits(a, b);
        assert.deepEqual([edits.length - count(edits, 'SAME'), count(edits, 'SAME')], [fewest, same]);
      }),
    ));

  it('costs the same the other way round', () =>
    fc.assert(
      fc.asyncProperty(prompt, prompt, async (a, b) => {
        const [there, back] = [await editScript(a, b), await editScript(b, a)];
        assert.equal(count(there, 'SAME'), count(back, 'SAME'));
        assert.deepEqual(
          [count(there, 'ADDED'), count(there, 'REMOVED')],
          [count(back, 'REMOVED'), count(back, 'ADDED')],
        );
      }),
    ));

  it('names a token that gives way to another one, and what is put in and left out', async () => {
    const changes = async (a: string, b: string) => {
      const ids = (text: string) =>
        text.split(' ').map((word) => [...word].reduce((id, letter) => id * 31 + letter.charCodeAt(0), 0));
      return (await editScript(ids(a), ids(b))).map(({ change }) => change.slice(0, 3)).join(' ');
    };
    assert.equal(await changes('When Mary went', 'When Anna went'), 'SAM REP SAM');
    assert.equal(await changes('When Mary went', 'When Mary Ann went'), 'SAM SAM ADD SAM');
    assert.equal(await changes('a b c d', 'b c d'), 'REM SAM SAM SAM');
    assert.equal(await changes('a a', 'a a'), 'SAM SAM');
  });

  it('is there for the longest prompts, whatever they have in common, while others have their turn', async () => {
    const tokens = (first: number) => Array.from({ length: 4096 }, (_, index) => first + ((index * 7919) % 13));
    let turns = 0;
    const ticking = setInterval(() => turns++, 0);
    const unlike = await editScript(tokens(0), tokens(100)).finally(() => clearInterval(ticking));
    assert.equal(count(unlike, 'REPLACED'), 4096);
    assert.ok(turns > 5, `${turns} turns`);
    const shifted = await editScript(tokens(0), tokens(0).slice(1));
    assert.equal(count(shifted, 'SAME'), 4095);
  });

  it('is refused where more than that differs, and given where prompts are longer and begin and end alike', async () => {
    const long = Array.from({ length: 5000 }, (_, index) => index);
    const other = long.map((id) => id + 10_000);
    await assert.rejects(editScript(long, other), {
      code: 'RUN_STATE',
      message: /5000 tokens in one and 5000 in the other/,
    });
    const edits = await editScript(long, [...long.slice(0, 2500), -1, ...long.slice(2501)]);
    assert.equal(count(edits, 'REPLACED'), 1);
  });
});
