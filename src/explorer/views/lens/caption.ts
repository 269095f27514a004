/** What the lens shows of the target, in a sentence. */
import { percent } from '../../format/number.ts';
import { ordinal } from '../../format/target.ts';
import { quoted } from '../../format/token.ts';
import { type Column, type Depth, inWords, type Series } from './readings.ts';

/**
 * `' Mary' becomes the first choice after layer 2 (77 %); after layer 1 it is 58th.`
 * @param target where the prediction is made
 */
export function lensCaption(target: Series, against: Series | undefined, depths: readonly Depth[]): string {
  const { name, points } = target;
  const last = points.at(-1);
  if (!last) return '';
  const end = against?.points.at(-1);
  const other = against && end ? ` ${against.name} ends ${ordinal(end.rank)} (${percent(end.probability)}).` : '';
  if (last.rank > 1) {
    const best = points.reduce((one, point) => (point.rank < one.rank ? point : one));
    const nearest = best.rank < last.rank ? `; it comes nearest ${at(best.index)}, as ${ordinal(best.rank)}` : '';
    return `${name} ends ${ordinal(last.rank)} (${percent(last.probability)})${nearest}.${other}`;
  }
  const below = points.findLastIndex(({ rank }) => rank > 1);
  const [before, first] = [points[below], points[below + 1] ?? last];
  const where = points.length === depths.length ? 'at every depth' : 'at every depth that is read';
  if (!before) return `${name} is the first choice ${where}, in the end by ${percent(last.probability)}.${other}`;
  return `${name} becomes the first choice ${at(first.index)} (${percent(first.probability)}); ${at(before.index)} it is ${ordinal(before.rank)}.${other}`;

  function at(index: number): string {
    const depth = depths[index];
    return depth ? inWords(depth) : '';
  }
}

/** While the forward pass goes on: `After layer 1 ' Ben' is the first choice (15 %), ' Mary' is 58th.` */
export function passingCaption(column: Column, layerCount: number): string {
  const layer = column.size - 1;
  const reading = column.get(String(layer));
  const [first] = reading?.top ?? [];
  const [target] = reading?.tokens ?? [];
  if (!first || !target) return `None of ${layerCount} layers is passed yet.`;
  const choice = `After layer ${layer} ${quoted(first.token)} is the first choice (${percent(first.probability)})`;
  return first.token.tokenId === target.token.tokenId
    ? `${choice}.`
    : `${choice}, ${quoted(target.token)} is ${ordinal(target.rank)}.`;
}
