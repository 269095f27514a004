/** How far the model itself bears an order of tokens out: its curves, and what they say. */
import type { FaithfulnessQuery } from '../../../client/generated/graphql.ts';
import type { Palette } from '../../drawing/palette.ts';
import type { Mark, Scene } from '../../drawing/scene.ts';
import { percent, rounded } from '../../format/number.ts';
import type { Table } from '../../takeaway/takeaway.ts';

type Answered = Extract<FaithfulnessQuery['logitAttribution'], { __typename: 'LogitAttribution' }>;
export type Faithfulness = Answered['faithfulness'];

export interface Tested {
  /** Whose order it is: `Frozen`. */
  readonly name: string;
  /** The target, quoted: `' Mary'`. */
  readonly target: string;
  readonly faithfulness: Faithfulness;
}

/** What one order achieves, beside a random one and the latest first; or which of two achieves more. */
export function faithfulnessCaption(tested: readonly Tested[]): string {
  const [first, second] = tested;
  if (!first) return '';
  return second ? compared(first, second) : alone(first);
}

function alone({ name, target, faithfulness: { comprehensiveness, sufficiency, random, recency } }: Tested): string {
  const needed = [random, recency].every((order) => comprehensiveness.area > order.comprehensiveness.area);
  const enough = [random, recency].every((order) => sufficiency.area < order.sufficiency.area);
  const judged =
    needed && enough
      ? `The model bears ${name}’s order out`
      : needed || enough
        ? `The model bears ${name}’s order out in part`
        : `The model does not bear ${name}’s order out`;
  return `${judged}: taking out its first tokens costs ${target} ${rounded(comprehensiveness.area)} of probability on average (at random ${rounded(random.comprehensiveness.area)}, the latest first ${rounded(recency.comprehensiveness.area)}); keeping them alone costs ${rounded(sufficiency.area)} (${rounded(random.sufficiency.area)}, ${rounded(recency.sufficiency.area)}).`;
}

function compared(one: Tested, other: Tested): string {
  const needed = one.faithfulness.comprehensiveness.area - other.faithfulness.comprehensiveness.area;
  const enough = other.faithfulness.sufficiency.area - one.faithfulness.sufficiency.area;
  const figures = `taking out its first tokens costs ${one.target} ${pair(one, other, 'comprehensiveness')} of probability on average (more is better), keeping them alone ${pair(one, other, 'sufficiency')} (less is better)`;
  if (needed === 0 && enough === 0) return `Both orders are equally faithful here: ${figures}.`;
  if (needed >= 0 && enough >= 0) return `${one.name}’s order is more faithful here: ${figures}.`;
  if (needed <= 0 && enough <= 0) return `${other.name}’s order is more faithful here: ${figures}.`;
  const [finder, keeper] = needed > 0 ? [one, other] : [other, one];
  return `${finder.name} finds better what the model needs, ${keeper.name} what suffices it: ${figures}.`;
}

/** `0.997 by Frozen, 0.329 by AttnLRP` */
function pair(one: Tested, other: Tested, which: 'comprehensiveness' | 'sufficiency'): string {
  return [one, other].map(({ name, faithfulness }) => `${rounded(faithfulness[which].area)} by ${name}`).join(', ');
}

const plots = [
  { which: 'comprehensiveness', title: 'Comprehensiveness: taken out', better: 'higher is better' },
  { which: 'sufficiency', title: 'Sufficiency: kept alone', better: 'lower is better' },
] as const;

const box = { left: 46, top: 44, bottom: 24, height: 120, legend: 18 };

/** Where it is taken along: with a title and room around it. */
interface Frame {
  readonly title: string;
  readonly margin: number;
}

/** Two small plots, beside one another where there is room: probability lost by how many of the first tokens. */
export function faithfulnessScene(tested: readonly Tested[], width: number, palette: Palette, frame?: Frame): Scene {
  const { margin = 0, title } = frame ?? {};
  const top = margin + (title ? 26 : 0);
  const isWide = width >= 620;
  const each = isWide ? Math.min(420, (width - 2 * margin - 24) / 2) : width - 2 * margin;
  const tall = box.top + box.height + box.bottom;
  const marks: Mark[] = title
    ? [{ type: 'text', x: margin, y: margin + 14, text: title, fill: palette.ink, size: 15, weight: 'bold' }]
    : [];
  const [first] = tested;
  if (first) {
    marks.push(...legend(lines(tested, 'comprehensiveness', palette), margin, top, palette));
    for (const [index, plotted] of plots.entries()) {
      const [x, y] = isWide
        ? [margin + index * (each + 24), top + box.legend]
        : [margin, top + box.legend + index * tall];
      const curves = lines(tested, plotted.which, palette);
      marks.push(...plot(curves, first.faithfulness.fractions, { x, y, width: each, ...plotted }, palette));
    }
  }
  return {
    width: 2 * margin + (isWide ? 2 * each + 24 : each),
    height: top + box.legend + (isWide ? tall : 2 * tall) + margin,
    background: palette.background,
    marks,
  };
}

interface Curve {
  readonly name: string;
  readonly drops: readonly number[];
  readonly stroke: { readonly stroke: string; readonly thickness: number; readonly opacity?: number };
  /** Needs no attribution. */
  readonly isReference: boolean;
}

/** References behind, methods before them. */
function lines(tested: readonly Tested[], which: 'comprehensiveness' | 'sufficiency', palette: Palette): Curve[] {
  const [first] = tested;
  if (!first) return [];
  const { random, recency } = first.faithfulness;
  return [
    {
      name: 'random order',
      drops: random[which].drops,
      stroke: { stroke: palette.muted, thickness: 4, opacity: 0.45 },
      isReference: true,
    },
    {
      name: 'latest first',
      drops: recency[which].drops,
      stroke: { stroke: palette.muted, thickness: 1 },
      isReference: true,
    },
    ...tested.map(({ name, faithfulness }, index) => ({
      name,
      drops: faithfulness[which].drops,
      stroke: { stroke: index === 0 ? palette.ink : palette.accent, thickness: 2 },
      isReference: false,
    })),
  ];
}

/** Methods, then what they are held against. */
function legend(curves: readonly Curve[], left: number, top: number, palette: Palette): Mark[] {
  let x = left;
  return [...curves.filter((curve) => !curve.isReference), ...curves.filter((curve) => curve.isReference)].flatMap(
    ({ name, stroke }) => {
      const from = x;
      x += 40 + name.length * 7;
      return [
        { type: 'path', d: `M${from} ${top + 9}h16`, ...stroke } as const,
        { type: 'text', x: from + 21, y: top + 13, text: name, fill: palette.ink, size: 11 } as const,
      ];
    },
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly title: string;
  readonly better: string;
}

function plot(curves: readonly Curve[], fractions: readonly number[], place: Place, palette: Palette): Mark[] {
  const [left, top] = [place.x + box.left, place.y + box.top];
  const right = place.x + place.width - 10;
  const drops = curves.flatMap((curve) => curve.drops);
  const [low, high] = [Math.min(0, ...drops), Math.max(0.01, ...drops)];
  const across = (index: number) => left + ((right - left) * (index + 0.5)) / fractions.length;
  const up = (drop: number) => top + box.height * (1 - (drop - low) / (high - low));
  const ticks = low < -0.005 ? [low, 0, high] : [0, high];
  return [
    { type: 'text', x: place.x, y: place.y + 18, text: place.title, fill: palette.ink, size: 12, weight: 'bold' },
    {
      type: 'text',
      x: place.x,
      y: place.y + 33,
      text: `probability lost; ${place.better}`,
      fill: palette.muted,
      size: 11,
    },
    ...ticks.flatMap<Mark>((tick) => [
      { type: 'path', d: `M${left} ${up(tick)}H${right}`, stroke: palette.line },
      {
        type: 'text',
        x: left - 6,
        y: up(tick) + 4,
        text: rounded(Number(tick.toPrecision(2))),
        fill: palette.muted,
        size: 11,
        anchor: 'end',
      },
    ]),
    ...fractions.map<Mark>((fraction, index) => ({
      type: 'text',
      x: across(index),
      y: top + box.height + 15,
      text: index === fractions.length - 1 ? `${percent(fraction)} of tokens` : `${Math.round(fraction * 100)}`,
      fill: palette.muted,
      size: 11,
      anchor: 'middle',
    })),
    ...curves.flatMap<Mark>(({ drops: own, stroke, isReference }) => [
      { type: 'path', d: own.map((drop, at) => `${at ? 'L' : 'M'}${across(at)} ${up(drop)}`).join(''), ...stroke },
      ...(isReference
        ? []
        : own.map<Mark>((drop, at) => ({
            type: 'circle',
            x: across(at),
            y: up(drop),
            radius: 3,
            fill: stroke.stroke,
          }))),
    ]),
  ];
}

/** Each order's curves, a row a share of the tokens, and its areas. */
export function faithfulnessTable(tested: readonly Tested[]): Table {
  const rows = tested.flatMap(({ name, faithfulness }) =>
    [
      { order: name, ...faithfulness },
      { order: 'random', ...faithfulness.random },
      { order: 'latest first', ...faithfulness.recency },
    ].flatMap(({ order, comprehensiveness, sufficiency }) => [
      ...faithfulness.fractions.map((fraction, at) => [
        name,
        order,
        fraction,
        faithfulness.counts[at] ?? null,
        comprehensiveness.drops[at] ?? null,
        sufficiency.drops[at] ?? null,
      ]),
      [name, order, null, null, comprehensiveness.area, sufficiency.area],
    ]),
  );
  return {
    name: 'faithfulness',
    columns: [
      'method',
      'order',
      'share of tokens (none: the mean)',
      'tokens',
      'comprehensiveness (probability lost)',
      'sufficiency (probability lost)',
    ],
    rows,
  };
}
