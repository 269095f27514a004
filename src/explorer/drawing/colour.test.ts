import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contrast, contributionScale, influenceScale, inkOn, probabilityScale } from './colour.ts';
import { palettes } from './palette.ts';

const steps = Array.from({ length: 201 }, (_, at) => at / 100 - 1);
const same = (one: string, other: string) => Math.abs(contrast(one, other) - 1) < 1e-9;

for (const palette of Object.values(palettes)) {
  describe(`colours in the ${palette.theme} theme`, () => {
    const scale = contributionScale(palette, 8);

    it('go from against over nothing to for, and no further', () => {
      assert.ok(same(scale(0), palette.background));
      assert.ok(same(scale(8), palette.positive) && same(scale(80), palette.positive));
      assert.ok(same(scale(-8), palette.negative) && same(scale(-80), palette.negative));
      assert.equal(contributionScale(palette, 0)(0), scale(0));
    });

    it('grow stronger with what they stand for', () => {
      const away = (value: number) => contrast(scale(value), palette.background);
      for (const value of [1, 3, 5, 7]) {
        assert.ok(away(value) < away(value + 1));
        assert.ok(away(-value) < away(-value - 1));
      }
    });

    it('leave text on any shade readable', () => {
      const hues = [palette.muted, ...palette.tracked].map((hue) => influenceScale(palette, hue));
      for (const shades of [contributionScale(palette, 1), probabilityScale(palette), ...hues])
        for (const value of steps) {
          const shade = shades(value);
          assert.ok(contrast(shade, inkOn(shade, palette)) >= 4.5, `${shade} at ${value}`);
        }
    });
  });
}
