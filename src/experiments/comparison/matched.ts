/** The numbers of each comparison: a figure of the runs that have it, of pairs of those that both have it. */
import { TributaryError } from '../../errors.ts';
import type { Samples } from '../statistics/samples.ts';
import type { FigureReader, RunFigure } from './figure.ts';
import type { Member } from './group.ts';
import type { Pair } from './pairing.ts';
import type { ReadFigures } from './read-figures.ts';

/** A group with the figures of its runs. */
export interface Group {
  readonly members: readonly Member[];
  readonly read: ReadFigures;
}

/** Numbers of a group, with the runs that they are of. */
export interface Sample {
  readonly values: Float64Array;
  readonly runIds: readonly string[];
}

export interface Matched {
  readonly figure: RunFigure;
  readonly a: Sample;
  /** Null: `a` against zero. */
  readonly b: Sample | null;
  readonly samples: Samples;
}

/**
 * @param pairs null where runs are not paired
 * @throws TributaryError RUN_STATE for a figure that no run has, or no pair
 */
export function matched(
  readers: readonly FigureReader[],
  a: Group,
  b: Group | null,
  pairs: readonly Pair[] | null,
): Matched[] {
  return readers.flatMap((reader, index) => {
    const [ofA, ofB] = [a.read.values[index] ?? [], b?.read.values[index] ?? []];
    const both = pairs?.filter(([placeInA, placeInB]) => ofA[placeInA] && ofB[placeInB]);
    const placesInA = both?.map(([place]) => place) ?? placesOf(ofA);
    const placesInB = both?.map(([, place]) => place) ?? placesOf(ofB);
    if (placesInA.length === 0 || (b && placesInB.length === 0)) throw nothingOf(reader, index, a, b);
    const [idsOfA, idsOfB] = [idsOf(a, placesInA), b ? idsOf(b, placesInB) : []];
    return reader.figures.map((figure, place): Matched => {
      const fromA = { values: columnOf(ofA, placesInA, place), runIds: idsOfA };
      const fromB = b && { values: columnOf(ofB, placesInB, place), runIds: idsOfB };
      return { figure, a: fromA, b: fromB, samples: samplesOf(fromA, fromB, pairs !== null) };
    });
  });
}

function samplesOf({ values: a }: Sample, b: Sample | null, arePaired: boolean): Samples {
  if (!b) return { kind: 'ONE', a };
  return { kind: arePaired ? 'PAIRED' : 'TWO', a, b: b.values };
}

type Numbers = readonly (readonly number[] | undefined)[];

function placesOf(numbers: Numbers): number[] {
  return [...numbers.keys()].filter((place) => numbers[place]);
}

function columnOf(numbers: Numbers, places: readonly number[], figure: number): Float64Array {
  return Float64Array.from(places, (place) => numbers[place]?.[figure] ?? Number.NaN);
}

function idsOf({ members }: Group, places: readonly number[]): string[] {
  return places.map((place) => members[place]?.run.id ?? '');
}

function nothingOf({ what }: FigureReader, index: number, a: Group, b: Group | null): TributaryError {
  for (const [name, group] of [
    ['a', a],
    ['b', b],
  ] as const) {
    if (!group || group.read.values[index]?.some((numbers) => numbers)) continue;
    const why = group.read.reasons[index];
    return new TributaryError('RUN_STATE', `No run of \`${name}\` has the figure "${what}"; of the first, ${why}`);
  }
  return new TributaryError(
    'RUN_STATE',
    `No run of \`a\` has a partner in \`b\` with which both have the figure "${what}"; pair them by something that they have in common, or leave \`pairBy\` out`,
  );
}
