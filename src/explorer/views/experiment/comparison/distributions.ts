/** Two groups of figures over one axis, and the difference of their means with its interval, as a picture. */

import type { Palette } from '../../../drawing/palette.ts';
import { linear } from '../../../drawing/scale.ts';
import type { Mark, Scene } from '../../../drawing/scene.ts';
import { signed } from '../../../format/number.ts';

export interface Sampled {
  readonly name: string;
  readonly values: ArrayLike<number>;
  readonly mean: number;
  /** Null of a single figure. */
  readonly standardDeviation: number | null;
}

export interface Difference {
  readonly difference: number;
  /** Null where too few say how sure it is. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** CSS pixels. */
const [padding, nameHeight, bandHeight, axisHeight, differenceHeight] = [12, 20, 64, 26, 34];

/** Figures of which each has a mark of its own; more are drawn as a histogram. */
const mostMarks = 200;

export function distributions(
  groups: readonly Sampled[],
  { difference, interval }: Difference,
  width: number,
  palette: Palette,
): Scene {
  const marks: Mark[] = [];
  const values = groups.flatMap((group) => Array.from(group.values));
  const range = rangeOf(values);
  const x = linear(range, [padding, width - padding]);
  const bins = binsOf(range, Math.max(12, Math.min(60, Math.round(width / 12))));
  let top = 0;
  for (const [at, group] of groups.entries()) {
    marks.push(text(padding, top + 14, named(group), palette.ink, 12));
    const base = top + nameHeight + bandHeight;
    marks.push(
      ...spread(group, { x, base, bins }, at === 0 ? (palette.tracked[5] as string) : (palette.tracked[0] as string)),
    );
    marks.push(...meanMarks(group, x, base, palette));
    marks.push({ type: 'rect', x: padding, y: base, width: width - 2 * padding, height: 1, fill: palette.line });
    top = base + 6;
  }
  marks.push(...axis(ticksOf(range), x, top + 12, palette));
  top += axisHeight;
  const { low, high } = interval ?? { low: difference, high: difference };
  // On a scale of its own, with zero on it: the difference may be small beside the figures.
  const own = rangeOf([difference, interval?.low ?? 0, interval?.high ?? 0, 0]);
  const at = linear(own, [padding, width - padding]);
  marks.push(
    text(
      padding,
      top + 14,
      `${groups.length > 1 ? 'difference of the means' : 'mean'} ${signed(difference)}${interval ? `, between ${signed(low)} and ${signed(high)}` : ''}`,
      palette.ink,
      12,
    ),
  );
  const middle = top + nameHeight + differenceHeight / 2;
  marks.push({ type: 'rect', x: at(0) - 0.5, y: middle - 14, width: 1, height: 28, fill: palette.muted });
  marks.push({
    type: 'rect',
    x: at(low),
    y: middle - 2,
    width: Math.max(1, at(high) - at(low)),
    height: 4,
    fill: palette.muted,
  });
  marks.push({
    type: 'circle',
    x: at(difference),
    y: middle,
    radius: 5,
    fill: difference < 0 ? palette.negative : palette.positive,
  });
  marks.push(...axis(ticksOf(own), at, middle + 28, palette));
  return { width, height: middle + 36, background: palette.background, marks };
}

function named({ name, values, mean, standardDeviation }: Sampled): string {
  const spread = standardDeviation === null ? '' : ` ± ${signed(standardDeviation).replace('+', '')}`;
  return `${name}: mean ${signed(mean)}${spread}, ${values.length.toLocaleString('en')} figures`;
}

interface Place {
  readonly x: (value: number) => number;
  readonly base: number;
  readonly bins: Bins;
}

/** Each figure as a point, stacked where several are close; of many, how many there are of each size. */
function spread({ values }: Sampled, { x, base, bins }: Place, fill: string): Mark[] {
  const counts = new Array<number>(bins.count).fill(0);
  const most = (all: readonly number[]) => Math.max(1, ...all);
  const binOf = (value: number) => Math.min(bins.count - 1, Math.max(0, Math.floor((value - bins.start) / bins.size)));
  if (values.length > mostMarks) {
    for (const value of Array.from(values)) counts[binOf(value)] = (counts[binOf(value)] ?? 0) + 1;
    const height = linear([0, most(counts)], [0, bandHeight - 6]);
    return counts.flatMap((count, bin): Mark[] => {
      if (count === 0) return [];
      const [left, right] = [x(bins.start + bin * bins.size), x(bins.start + (bin + 1) * bins.size)];
      return [
        {
          type: 'rect',
          x: left + 0.5,
          y: base - height(count),
          width: Math.max(1, right - left - 1),
          height: height(count),
          fill,
        },
      ];
    });
  }
  const heights = Array.from(values, (value) => {
    const bin = binOf(value);
    counts[bin] = (counts[bin] ?? 0) + 1;
    return (counts[bin] ?? 1) - 1;
  });
  const step = Math.min(7, (bandHeight - 10) / most(counts));
  return Array.from(values, (value, at) => ({
    type: 'circle',
    x: x(value),
    y: base - 5 - (heights[at] ?? 0) * step,
    radius: 3,
    fill,
    opacity: 0.7,
  }));
}

/** The mean as a line, one standard deviation to each side as a bar below. */
function meanMarks(
  { mean, standardDeviation }: Sampled,
  x: (value: number) => number,
  base: number,
  palette: Palette,
): Mark[] {
  const deviation = standardDeviation ?? 0;
  const [from, to] = [x(mean - deviation), x(mean + deviation)];
  return [
    { type: 'rect', x: from, y: base - 1, width: Math.max(1, to - from), height: 3, fill: palette.ink },
    { type: 'rect', x: x(mean) - 1, y: base - bandHeight + 4, width: 2, height: bandHeight - 2, fill: palette.ink },
  ];
}

function axis(ticks: readonly number[], x: (value: number) => number, y: number, { muted }: Palette): Mark[] {
  return ticks.map((value) => ({ ...text(x(value), y, signed(value), muted, 11), anchor: 'middle' }));
}

function text(x: number, y: number, words: string, fill: string, size: number): Mark & { type: 'text' } {
  return { type: 'text', x, y, text: words, fill, size };
}

/** From the least to the largest, with room around; never empty. */
export function rangeOf(values: readonly number[]): [number, number] {
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    largest = Math.max(largest, value);
  }
  if (!Number.isFinite(least)) return [-1, 1];
  const room = (largest - least || Math.abs(largest) || 1) * 0.06;
  return [least - room, largest + room];
}

interface Bins {
  readonly start: number;
  readonly size: number;
  readonly count: number;
}

function binsOf([from, to]: readonly [number, number], count: number): Bins {
  return { start: from, size: (to - from) / count, count };
}

/** Three to six round figures within. */
export function ticksOf([from, to]: readonly [number, number]): number[] {
  const rough = (to - from) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((nice) => nice * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step); at * step <= to; at++) ticks.push(Number((at * step).toPrecision(12)));
  return ticks;
}
