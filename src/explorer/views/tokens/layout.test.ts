import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tokenOf } from './answers.fixture.ts';
import { gap, itemsOf, linesOf, neighbour, sizeFor } from './layout.ts';

const size = sizeFor(10);
const prediction = { text: '→ Mary 99 %', note: 'logit 20' };

function laidOut(texts: readonly string[], width: number, predicts = texts.length - 1) {
  const tokens = texts.map((text, position) => tokenOf(text, position));
  return linesOf(
    itemsOf(
      tokens,
      texts.map(() => ['+1.23']),
      { predicts, ...prediction },
    ),
    width,
    size,
  );
}

const positions = (lines: ReturnType<typeof laidOut>) => lines.map((line) => line.map(({ position }) => position));

describe('the lines of a strip', () => {
  it('hold every token once, in order, none wider than there is room', () => {
    const lines = laidOut(
      Array.from({ length: 60 }, (_, at) => ` word${at}`),
      400,
    );
    assert.deepEqual(positions(lines).flat(), [...Array.from({ length: 60 }, (_, at) => at), undefined]);
    assert.ok(lines.length > 5);
    for (const line of lines) {
      for (const [at, { x, width }] of line.entries()) {
        assert.ok(x + width <= 400);
        assert.equal(x, at === 0 ? 0 : (line[at - 1]?.x ?? 0) + (line[at - 1]?.width ?? 0) + gap);
      }
    }
  });

  it('break where the prompt does', () => {
    assert.deepEqual(positions(laidOut(['a', '.\n', 'b', '\n\n', 'c'], 900)), [
      [0, 1],
      [2, 3],
      [4, undefined],
    ]);
  });

  it('have the prediction behind the token that predicts, and what is not read on lines of its own', () => {
    assert.deepEqual(positions(laidOut(['a', 'b\n', 'c', 'd'], 900, 1)), [
      [0, 1, undefined],
      [2, 3],
    ]);
  });

  it('give characters of the East their room', () => {
    const [line] = laidOut(['mmmmmm', '漢漢漢漢漢漢'], 900);
    assert.ok((line?.[1]?.width ?? 0) > 1.5 * (line?.[0]?.width ?? 0));
  });

  it('are gone through upwards and downwards by the nearest token', () => {
    const lines = laidOut(['aaaa', 'bbbb\n', 'cccc', 'dddd\n', 'e'], 900);
    assert.equal(neighbour(lines, 1, 1), 3);
    assert.equal(neighbour(lines, 3, -1), 1);
    assert.equal(neighbour(lines, 3, 1), 4);
    assert.equal(neighbour(lines, 0, -1), 0);
  });
});
