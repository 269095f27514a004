/** The whole picture, as it is taken along. */
import type { Mark, Scene } from '../../drawing/scene.ts';
import { headings, tokenLabels } from './labels.ts';
import { rowMarks } from './rows.ts';
import { sideMarks } from './sides.ts';
import type { Sketch } from './sketch.ts';

/** Height of the title. */
const above = 30;
const line = 16;

/** @param title stands above, @param legend below, a line each */
export function sceneOf(sketch: Sketch, title: string, legend: readonly string[]): Scene {
  const { geometry, palette } = sketch;
  const lower: Sketch = {
    ...sketch,
    geometry: { ...geometry, top: geometry.top + above, height: geometry.height + above },
  };
  const rows = Array.from({ length: geometry.rows }, (_, row) => rowMarks(lower, row));
  const { height, width } = lower.geometry;
  return {
    width,
    height: height + 14 + legend.length * line,
    background: palette.background,
    marks: [
      { type: 'text', x: 10, y: 19, text: title, fill: palette.ink, size: 14, weight: 'bold' },
      ...rows.flatMap(({ inside, beside }) => [...inside, ...beside]),
      ...sideMarks(lower),
      ...headings(lower),
      ...tokenLabels(lower),
      ...legend.map(
        (text, index): Mark => ({
          type: 'text',
          x: 10,
          y: height + 14 + index * line,
          text,
          fill: palette.muted,
          size: 11,
        }),
      ),
    ],
  };
}
