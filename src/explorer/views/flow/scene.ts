/** The whole picture, as it is taken along. */
import type { Mark, Scene } from '../../drawing/scene.ts';
import { wrapped } from '../../drawing/wrapped.ts';
import { headings, tokenLabels } from './labels.ts';
import { rowMarks } from './rows.ts';
import { sideMarks } from './sides.ts';
import type { Sketch } from './sketch.ts';

const margin = 10;
const title = { size: 14, line: 19, weight: 'bold' } as const;
const below = { size: 11, line: 16 } as const;

/** @param heading stands above, @param legend below; what is too long for a line goes on in the next */
export function sceneOf(sketch: Sketch, heading: string, legend: readonly string[]): Scene {
  const { geometry, palette } = sketch;
  const room = geometry.width - 2 * margin;
  const titleLines = wrapped(heading, room, title.size);
  const legendLines = legend.flatMap((text) => wrapped(text, room, below.size));
  const above = margin + titleLines.length * title.line;
  const lower: Sketch = {
    ...sketch,
    geometry: { ...geometry, top: geometry.top + above, height: geometry.height + above },
  };
  const rows = Array.from({ length: geometry.rows }, (_, row) => rowMarks(lower, row));
  const { height, width } = lower.geometry;
  const text = { type: 'text', x: margin } as const;
  return {
    width,
    height: height + margin + legendLines.length * below.line,
    background: palette.background,
    marks: [
      ...titleLines.map((line, index): Mark => {
        const { size, weight } = title;
        return { ...text, y: (index + 1) * title.line, text: line, fill: palette.ink, size, weight };
      }),
      ...rows.flatMap(({ inside, beside }) => [...inside, ...beside]),
      ...sideMarks(lower),
      ...headings(lower),
      ...tokenLabels(lower),
      ...legendLines.map((line, index): Mark => {
        const { size } = below;
        return { ...text, y: height + (index + 0.75) * below.line, text: line, fill: palette.muted, size };
      }),
    ],
  };
}
