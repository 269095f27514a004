import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { palettes } from '../../drawing/palette.ts';
import { type Faithfulness, faithfulnessCaption, faithfulnessScene, faithfulnessTable } from './curves.ts';

const curve = (area: number) => ({ area, drops: [0, 0, area, 2 * area, 2 * area] });

/** Of an order by how much it costs to take out its first tokens, and to keep them alone. */
function tested(name: string, out: number, kept: number) {
  const faithfulness: Faithfulness = {
    fractions: [0.01, 0.05, 0.1, 0.2, 0.5],
    counts: [1, 1, 2, 3, 7],
    comprehensiveness: curve(out),
    sufficiency: curve(kept),
    random: { comprehensiveness: curve(0.2), sufficiency: curve(0.4) },
    recency: { comprehensiveness: curve(0.25), sufficiency: curve(0.45) },
    agreement: 0.5,
  };
  return { name, target: "' Mary'", faithfulness };
}

describe('faithfulness in words', () => {
  it('says whether the order does better than orders that need no attribution', () => {
    assert.match(
      faithfulnessCaption([tested('FROZEN', 0.45, 0.1)]),
      /^The model bears FROZEN’s order out: .*' Mary' 0\.45 .*0\.2, .*0\.25\)/,
    );
    assert.match(faithfulnessCaption([tested('FROZEN', 0.22, 0.1)]), /^The model bears FROZEN’s order out in part/);
    assert.match(faithfulnessCaption([tested('FROZEN', 0.1, 0.48)]), /^The model does not bear FROZEN’s order out/);
  });

  it('says which of two orders is more faithful, or which at what', () => {
    const one = tested('FROZEN', 0.4, 0.1);
    assert.match(
      faithfulnessCaption([one, tested('GRADIENT', 0.3, 0.2)]),
      /^FROZEN’s order is more faithful here: .*0\.4 by FROZEN, 0\.3 by GRADIENT/,
    );
    assert.match(faithfulnessCaption([one, tested('GRADIENT', 0.5, 0.05)]), /^GRADIENT’s order is more faithful/);
    assert.match(
      faithfulnessCaption([one, tested('GRADIENT', 0.3, 0.05)]),
      /^FROZEN finds better what the model needs, GRADIENT what suffices it/,
    );
    assert.match(faithfulnessCaption([one, tested('GRADIENT', 0.4, 0.1)]), /^Both orders are equally faithful/);
  });
});

describe('faithfulness as a picture', () => {
  it('draws more probability lost higher, and every order in both plots', () => {
    const { marks, width, height } = faithfulnessScene([tested('FROZEN', 0.4, 0.1)], 800, palettes.light);
    const dots = marks.flatMap((mark) => (mark.type === 'circle' ? mark : []));
    assert.equal(dots.length, 2 * 5);
    assert.ok((dots[4]?.y ?? 0) < (dots[2]?.y ?? 0) && (dots[2]?.y ?? 0) < (dots[0]?.y ?? 0));
    assert.ok(dots.every(({ x, y }) => x > 0 && x < width && y > 0 && y < height));
    const names = marks.flatMap((mark) => (mark.type === 'text' ? mark.text : []));
    for (const name of ['FROZEN', 'random order', 'latest first']) assert.ok(names.includes(name), name);
  });

  it('stands one under the other on a phone', () => {
    const phone = faithfulnessScene([tested('FROZEN', 0.4, 0.1)], 350, palettes.light);
    assert.equal(phone.width, 350);
    assert.ok(phone.height > faithfulnessScene([tested('FROZEN', 0.4, 0.1)], 800, palettes.light).height);
  });
});

describe('faithfulness as a table', () => {
  it('has a row for each share of the tokens and the mean, of each order', () => {
    const { rows, columns } = faithfulnessTable([tested('FROZEN', 0.4, 0.1)]);
    assert.equal(rows.length, 3 * 6);
    assert.ok(rows.every((row) => row.length === columns.length));
    assert.deepEqual(rows[5]?.slice(-2), [0.4, 0.1]);
  });
});
