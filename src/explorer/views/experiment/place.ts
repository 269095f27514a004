/** What of experiments is shown, as it stands in the address: whoever opens it sees the same. */
import { anyRun, type FilterChoice } from '../run-list/filter.ts';
import { type Comparison, readComparison, writeComparison } from './comparison/choice.ts';

export const shownParts = { runs: 'Runs', sweeps: 'Sweeps', comparison: 'Compare' } as const;
export type ShownPart = keyof typeof shownParts;

/** By which column a table is sorted. */
export interface Sorting {
  readonly by: string;
  readonly ascending: boolean;
}

export const newestFirst: Sorting = { by: 'asked', ascending: false };

export interface ExperimentPlace {
  readonly experiment: string;
  readonly shown: ShownPart;
  /** Of runs. */
  readonly filter: FilterChoice;
  readonly sorting: Sorting;
  /** The sweep that is open; empty for none. */
  readonly sweep: string;
  readonly comparison: Comparison | undefined;
}

/** Undefined: the list of all experiments. */
export type Place = ExperimentPlace | undefined;

/** What is no choice of ours in it is passed over. @param search of a URL: `?experiment=names&shown=runs&status=Failed` */
export function readPlace(search: string): Place {
  const query = new URLSearchParams(search);
  const experiment = query.get('experiment');
  if (!experiment) return undefined;
  const shown = query.get('shown') as ShownPart;
  const [by = '', direction] = (query.get('sort') ?? '').split('-');
  return {
    experiment,
    shown: Object.hasOwn(shownParts, shown) ? shown : 'runs',
    filter: Object.fromEntries(
      Object.keys(anyRun).map((part) => [part, query.get(part) ?? '']),
    ) as unknown as FilterChoice,
    sorting: by ? { by, ascending: direction === 'up' } : newestFirst,
    sweep: query.get('sweep') ?? '',
    comparison: readComparison(query),
  };
}

/** @returns the search of a URL */
export function writePlace(place: Place): string {
  if (!place) return '?experiments';
  const { experiment, shown, filter, sorting, sweep, comparison } = place;
  const isUsual = sorting.by === newestFirst.by && sorting.ascending === newestFirst.ascending;
  const entries: readonly (readonly [string, string])[] = [
    ['experiment', experiment],
    ['shown', shown === 'runs' ? '' : shown],
    ...Object.entries(filter),
    ['sort', isUsual ? '' : `${sorting.by}-${sorting.ascending ? 'up' : 'down'}`],
    ['sweep', sweep],
    ...(comparison ? writeComparison(comparison) : []),
  ];
  return `?${new URLSearchParams(entries.filter(([, value]) => value) as [string, string][])}`;
}

/** An experiment as it is first opened. */
export function placeOf(experiment: string): ExperimentPlace {
  return { experiment, shown: 'runs', filter: anyRun, sorting: newestFirst, sweep: '', comparison: undefined };
}
