import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { palettes } from '../../../drawing/palette.ts';
import { distributions, rangeOf, ticksOf } from './distributions.ts';

const draw = (values: readonly number[], other?: readonly number[]) =>
  distributions(
    [values, ...(other ? [other] : [])].map((all, at) => ({
      name: `group ${at}`,
      values: all,
      mean: all.reduce((sum, value) => sum + value, 0) / (all.length || 1),
      standardDeviation: 1,
    })),
    { difference: 0.5, interval: { low: 0.1, high: 0.9 } },
    800,
    palettes.light,
  );

describe('Figures of two groups over one axis', () => {
  it('are a mark each where they are few, and all within the picture', () => {
    const values = Array.from({ length: 50 }, (_, at) => at / 7);
    const { marks, width, height } = draw(values, [3, 3, 3]);
    // One more for the difference.
    const circles = marks.filter((mark) => mark.type === 'circle');
    assert.equal(circles.length, 54);
    for (const { x, y } of circles) assert.ok(x > 0 && x < width && y > 0 && y < height);
  });

  it('are bars whose heights are in the ratio of how many there are, where they are many', () => {
    const values = [...new Array<number>(300).fill(1), ...new Array<number>(100).fill(2)];
    const bars = draw(values).marks.flatMap((mark) =>
      mark.type === 'rect' && mark.fill === palettes.light.tracked[5] ? [mark.height] : [],
    );
    assert.equal(bars.length, 2);
    assert.ok(Math.abs((bars[0] ?? 0) / (bars[1] ?? 1) - 3) < 1e-9);
  });

  it('are drawn where all are the same, where there is one, and where there is none', () => {
    for (const values of [[2, 2, 2], [0], []]) {
      const numbers = draw(values).marks.flatMap((mark) =>
        Object.values(mark).filter((one) => typeof one === 'number'),
      );
      assert.ok(numbers.every(Number.isFinite), `${values}`);
    }
  });

  it('have an axis of round figures within it', () => {
    assert.deepEqual(ticksOf([0, 10]), [0, 2, 4, 6, 8, 10]);
    assert.deepEqual(ticksOf([-0.031, 0.052]), [-0.02, 0, 0.02, 0.04]);
    for (const range of [
      [-3e-7, 2e-6],
      [5, 26],
      [-1, 1],
    ] as const) {
      const ticks = ticksOf(range);
      assert.ok(ticks.length >= 3 && ticks.length <= 6, `${ticks}`);
      assert.ok(ticks.every((tick) => tick >= range[0] && tick <= range[1]));
    }
    const [least, largest] = rangeOf([1, 5, 3]);
    assert.ok(least < 1 && largest > 5);
  });
});
