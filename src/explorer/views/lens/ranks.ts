/** Tokens through depth as lines: by rank, 1 on top on a logarithmic scale, or by probability. */
import type { Palette } from '../../drawing/palette.ts';
import type { Mark, Scene } from '../../drawing/scene.ts';
import { exact, percent } from '../../format/number.ts';
import { ordinal } from '../../format/target.ts';
import type { Zone } from '../../parts/zones.tsx';
import { type Depth, inWords, type Series } from './readings.ts';

export type RankScale = 'rank' | 'probability';

export interface RankFrame {
  readonly width: number;
  readonly palette: Palette;
  readonly scale: RankScale;
  /** From the embedding up. */
  readonly depths: readonly Depth[];
  /** Emphasised. */
  readonly index?: number | undefined;
  /** CSS pixels above it, in a picture that has more in it. */
  readonly above?: number;
}

const height = 190;
const margin = { left: 44, right: 128, top: 12, bottom: 34 };

/** Where the depths stand. */
export function depthZones(series: readonly Series[], frame: Pick<RankFrame, 'width' | 'depths'>): Zone[] {
  const { step, x } = abscissa(frame);
  return frame.depths.map((depth, index) => ({
    left: x(index) - step / 2,
    width: step,
    selection: depth.layer === undefined ? {} : { layer: depth.layer },
    title: [
      inWords(depth),
      ...series.flatMap(({ name, points }) =>
        points
          .filter((point) => point.index === index)
          .map(({ rank, probability }) => `${name}: ${ordinal(rank)}, ${exact(probability)}`),
      ),
    ].join('\n'),
  }));
}

/** What zones reach over. */
export const zoneFrame = { top: margin.top, height: height - margin.top - margin.bottom } as const;

function abscissa({ width, depths }: Pick<RankFrame, 'width' | 'depths'>) {
  const step = (width - margin.left - margin.right) / Math.max(depths.length - 1, 1);
  return { step, x: (index: number) => margin.left + index * step };
}

/** @param series the target, what it is contrasted with, a further token */
export function rankPicture(series: readonly Series[], frame: RankFrame): Scene {
  const { width, palette, scale, depths, index, above = 0 } = frame;
  const top = margin.top + above;
  const { step, x } = abscissa(frame);
  const bottom = height - margin.bottom + above;
  const decades = Math.max(1, ...series.flatMap(({ points }) => points.map(({ rank }) => Math.ceil(Math.log10(rank)))));
  const span = bottom - top;
  const y = ({ rank, probability }: { readonly rank: number; readonly probability: number }) =>
    top + span * (scale === 'rank' ? Math.log10(rank) / decades : 1 - probability);
  const marks: Mark[] = [];
  const text = (at: number, up: number, of: string, anchor: 'middle' | 'end' = 'middle') =>
    marks.push({ type: 'text', x: at, y: up, text: of, size: 11, anchor, fill: palette.muted });
  const ticks =
    scale === 'rank'
      ? Array.from({ length: decades + 1 }, (_, of) => ({ up: margin.top + (span * of) / decades, label: power(of) }))
      : [0, 0.5, 1].map((of) => ({ up: top + span * (1 - of), label: `${of * 100} %` }));
  for (const { up, label } of ticks) {
    marks.push({ type: 'path', d: `M${margin.left} ${up}H${width - margin.right}`, stroke: palette.faint });
    text(margin.left - 8, up + 4, label, 'end');
  }
  if (index !== undefined && index >= 0)
    marks.push({ type: 'path', d: `M${x(index)} ${top}V${bottom}`, stroke: palette.muted });
  const every = Math.ceil(22 / step);
  for (const [at, { layer, isBetween }] of depths.entries()) {
    if (layer === undefined) text(x(at), bottom + 15, 'e');
    else if (!isBetween && layer % every === 0) text(x(at), bottom + 15, String(layer));
  }
  text(
    (margin.left + width - margin.right) / 2,
    height - 4 + above,
    `after layer (e: embedding) · ${scale === 'rank' ? 'rank, logarithmic' : 'probability'}`,
  );
  const ends = series.map(({ name, role, points }) => ({ name, end: points.at(-1), hue: hueOf(palette, role) }));
  for (const { role, points } of series) {
    const hue = hueOf(palette, role);
    const d = points.map((point, at) => `${at === 0 ? 'M' : 'L'}${x(point.index)} ${y(point)}`).join('');
    if (points.length > 1) marks.push({ type: 'path', d, stroke: hue, thickness: 2 });
    for (const point of points)
      marks.push({ type: 'circle', x: x(point.index), y: y(point), radius: step < 8 ? 1.5 : 3, fill: hue });
  }
  let free = Number.NEGATIVE_INFINITY;
  const labels = ends
    .flatMap(({ end, ...rest }) => (end ? [{ ...rest, end, up: y(end) }] : []))
    .toSorted((one, other) => one.up - other.up);
  for (const { name, end, hue, up } of labels) {
    free = Math.max(up + 4, free + 14);
    const value = scale === 'rank' ? ordinal(end.rank) : percent(end.probability);
    marks.push({
      type: 'text',
      x: x(end.index) + 8,
      y: free,
      text: `${short(name)} ${value}`,
      size: 12,
      weight: 'bold',
      fill: hue,
    });
  }
  return { width, height: height + above, background: palette.background, marks };
}

function hueOf({ positive, negative, accent }: Palette, role: Series['role']): string {
  return { target: positive, against: negative, other: accent }[role];
}

/** `1`, `10`, `100`, `1k`, `10k`: of ten to the nth. */
function power(decade: number): string {
  return decade < 3 ? String(10 ** decade) : `${10 ** (decade - 3)}k`;
}

function short(name: string): string {
  return name.length > 12 ? `${name.slice(0, 11)}…` : name;
}
