/** What is drawn over the picture: what is pointed at and what was chosen, here or in another view. */
import { hueOf } from '../../drawing/palette.ts';
import type { Mark } from '../../drawing/scene.ts';
import type { Selection } from '../../state/selection.ts';
import { arcPath, type Ends, headsCarrying } from './arcs.ts';
import { positionX, rowY } from './geometry.ts';
import { movesIn, type Sketch, thickest } from './sketch.ts';

/** @param arc that is pointed at */
export function emphasis(sketch: Sketch, { layer, head, position }: Selection, arc: Ends | undefined): Mark[] {
  const { geometry, palette } = sketch;
  const { left, right, top, height, labelHeight, step, run, cell } = geometry;
  const marks: Mark[] = [];
  const stroke = palette.ink;
  const columnX = position === undefined ? 0 : positionX(geometry, Math.floor(position / run) * run) - step / 2;
  if (position !== undefined)
    marks.push({
      type: 'rect',
      x: columnX,
      y: top - 3,
      width: step * run,
      height: height - top - labelHeight + 6,
      fill: palette.ink,
      opacity: 0.07,
    });
  if (layer !== undefined && layer < sketch.flow.layerCount) {
    const y = rowY(geometry, layer + 1);
    marks.push({
      type: 'rect',
      x: left - 1,
      y: y - 1,
      width: right - left + 2,
      height: cell + 2,
      stroke,
      opacity: 0.5,
    });
    if (position !== undefined)
      marks.push({ type: 'rect', x: columnX, y: y - 1, width: step * run, height: cell + 2, stroke, thickness: 2 });
    if (head !== undefined) marks.push(...ofHead(sketch, layer, head));
  }
  if (arc)
    marks.push({ type: 'path', d: arcPath(geometry, arc), stroke, thickness: thickest(geometry) + 3, opacity: 0.25 });
  return marks;
}

/** What one head does: what it carries of the followed tokens, and its moves that matter. */
function ofHead(sketch: Sketch, layer: number, head: number): Mark[] {
  const { geometry, palette, flow, scales, depth, shown } = sketch;
  const block = layer < depth && shown !== 'matters' ? flow.depths[layer] : undefined;
  const carried = (block?.followed ?? []).flatMap((token, index) =>
    flow.tokens.flatMap(({ position: to }): Mark[] => {
      const amount = headsCarrying(token, to).find((one) => one.head === head)?.amount ?? 0;
      const thickness = (amount / (scales.carried || 1)) * thickest(geometry);
      const from = token.token.position;
      if (to === from || thickness < 0.4) return [];
      return [{ type: 'path', d: arcPath(geometry, { layer, from, to }), stroke: hueOf(palette, index), thickness }];
    }),
  );
  const moves = movesIn(sketch, layer)
    .filter((move) => move.head === head)
    .map(
      ({ from, to }): Mark => ({
        type: 'path',
        d: arcPath(geometry, { layer, from: from.position, to: to.position }),
        stroke: palette.ink,
        thickness: 1.5,
      }),
    );
  return [...carried, ...moves];
}
