/** How far the model itself bears an order of tokens out: its curves, and what they say. */
import type { AttributionMethod, FaithfulnessQuery } from '../../../client/generated/graphql.ts';
import type { Palette } from '../../drawing/palette.ts';
import type { Mark, Scene } from '../../drawing/scene.ts';
import { percent, rounded } from '../../format/number.ts';
import type { Table } from '../../takeaway/takeaway.ts';
import { methodName } from './wording.ts';

type Answered = Extract<FaithfulnessQuery['logitAttribution'], { __typename: 'LogitAttribution' }>;
export type Faithfulness = Answered['faithfulness'];

export interface Tested {
  readonly method: AttributionMethod;
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

function alone({ method, target, faithfulness: { comprehensiveness, sufficiency, random, recency } }: Tested): string {
  const name = methodName(method);
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
  const figures = `taking out costs ${pair(one, other, 'comprehensiveness')} of probability on average (more is better), keeping alone ${pair(one, other, 'sufficiency')} (less is better)`;
  if (needed === 0 && enough === 0) return `Both orders are equally faithful here: ${figures}.`;
  if (needed >= 0 && enough >= 0) return `${methodName(one.method)}’s order is more faithful here: ${figures}.`;
  if (needed <= 0 && enough <= 0) return `${methodName(other.method)}’s order is more faithful here: ${figures}.`;
  const [finder, keeper] = needed > 0 ? [one, other] : [other, one];
  return `${methodName(finder.method)} finds better what the model needs, ${methodName(keeper.method)} what suffices it: ${figures}.`;
}

function pair(one: Tested, other: Tested, which: 'comprehensiveness' | 'sufficiency'): string {
  return [one, other]
    .map(({ method, faithfulness }) => `${rounded(faithfulness[which].area)} with ${methodName(method)}`)
    .join(', ');
}

const plots = [
  { which: 'comprehensiveness', title: 'Comprehensiveness: taken out', better: 'higher is better' },
  { which: 'sufficiency', title: 'Sufficiency: kept alone', better: 'lower is better' },
] as const;

const box = { left: 46, top: 44, bottom: 34, height: 120, legend: 18 };

/** Two small plots, beside one another where there is room: probability lost by how many of the first tokens. */
export function faithfulnessScene(tested: readonly Tested[], width: number, palette: Palette): Scene {
  const marks: Mark[] = [];
  const [first] = tested;
  const isWide = width >= 620;
  const each = isWide ? Math.min(420, (width - 24) / 2) : width;
  const tall = box.top + box.height + box.bottom;
  if (first) {
    marks.push(...legend(lines(tested, 'comprehensiveness', palette), palette));
    for (const [index, { which, title, better }] of plots.entries()) {
      const [x, y] = isWide ? [index * (each + 24), box.legend] : [0, box.legend + index * tall];
      marks.push(
        ...plot(
          lines(tested, which, palette),
          first.faithfulness.fractions,
          { x, y, width: each, title, better },
          palette,
        ),
      );
    }
  }
  const height = box.legend + (isWide ? tall : 2 * tall);
  return { width: isWide ? 2 * each + 24 : each, height, background: palette.background, marks };
}

interface Curve {
  readonly name: string;
  readonly drops: readonly number[];
  readonly colour: string;
  readonly thickness: number;
}

/** References behind, methods before them. */
function lines(tested: readonly Tested[], which: 'comprehensiveness' | 'sufficiency', palette: Palette): Curve[] {
  const [first] = tested;
  if (!first) return [];
  const { random, recency } = first.faithfulness;
  return [
    { name: 'random order', drops: random[which].drops, colour: palette.line, thickness: 3 },
    { name: 'latest first', drops: recency[which].drops, colour: palette.muted, thickness: 1 },
    ...tested.map(({ method, faithfulness }, index) => ({
      name: methodName(method),
      drops: faithfulness[which].drops,
      colour: index === 0 ? palette.ink : palette.accent,
      thickness: 2,
    })),
  ];
}

function legend(curves: readonly Curve[], palette: Palette): Mark[] {
  let x = 0;
  return curves.toReversed().flatMap(({ name, colour, thickness }) => {
    const from = x;
    x += 32 + name.length * 7.4;
    return [
      { type: 'path', d: `M${from} 9h16`, stroke: colour, thickness } as const,
      { type: 'text', x: from + 21, y: 13, text: name, fill: palette.ink, size: 11 } as const,
    ];
  });
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
    ...curves.flatMap<Mark>(({ drops: own, colour, thickness }) => [
      {
        type: 'path',
        d: own.map((drop, at) => `${at ? 'L' : 'M'}${across(at)} ${up(drop)}`).join(''),
        stroke: colour,
        thickness,
      },
      ...(thickness === 2
        ? own.map<Mark>((drop, at) => ({ type: 'circle', x: across(at), y: up(drop), radius: 3, fill: colour }))
        : []),
    ]),
  ];
}

/** Each order's curves, a row a share of the tokens, and its areas. */
export function faithfulnessTable(tested: readonly Tested[]): Table {
  const rows = tested.flatMap(({ method, faithfulness }) =>
    [
      { order: methodName(method), ...faithfulness },
      { order: 'random', ...faithfulness.random },
      { order: 'latest first', ...faithfulness.recency },
    ].flatMap(({ order, comprehensiveness, sufficiency }) => [
      ...faithfulness.fractions.map((fraction, at) => [
        methodName(method),
        order,
        fraction,
        faithfulness.counts[at] ?? null,
        comprehensiveness.drops[at] ?? null,
        sufficiency.drops[at] ?? null,
      ]),
      [methodName(method), order, null, null, comprehensiveness.area, sufficiency.area],
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
