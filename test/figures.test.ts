/** A version means the same figures for ever: stored answers are replayed beside new ones. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { currentFigures, distance, recordedFigures, tolerance } from './figures.ts';

const [recorded, current] = [await recordedFigures(), await currentFigures()];

for (const [key, figures] of Object.entries(current)) {
  const [name] = key.split('@');
  it(`${key} has the figures that it always had`, () => {
    const before = recorded[key];
    assert.ok(before, `${key} is a new version: \`npm run figures\` records its figures`);
    for (const [checkpoint, summary] of Object.entries(figures)) {
      const apart = distance(before[checkpoint] ?? [], summary);
      assert.ok(
        apart <= tolerance,
        `${name} has other figures on ${checkpoint} (${apart} apart): raise its \`version\`, then \`npm run figures\``,
      );
    }
  });
}

it('no other versions are recorded', () => {
  assert.deepEqual(Object.keys(recorded).sort(), Object.keys(current).sort(), '`npm run figures` removes them');
});
