/** The state of the page in its address: whoever opens it sees the same. */
import type { Selection } from './selection.ts';

/** A run, and the positions that are followed in it: none where empty, what its answer suggests where absent. */
export interface Place {
  readonly run: string;
  readonly track?: readonly number[];
}

export interface Address extends Partial<Place> {
  /** A second one, beside it. */
  readonly beside?: Place;
  readonly view?: string;
  readonly selection: Selection;
}

const parts = ['position', 'end', 'layer', 'head'] as const;

/** What is no address of ours in it is passed over. @param search of a URL: `?run=…&track=1,3&view=heads&layer=2` */
export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const place = (run: string, track: string): Place | undefined => {
    const [id, positions] = [query.get(run), query.get(track)];
    return id ? { run: id, ...(positions !== null && { track: positionsIn(positions) }) } : undefined;
  };
  const [shown, beside, view] = [place('run', 'track'), place('beside', 'beside-track'), query.get('view')];
  const selection = parts.flatMap((part) => whole(query.get(part) ?? '').map((value) => [part, value] as const));
  return {
    ...shown,
    ...(shown && beside && { beside }),
    ...(view && { view }),
    selection: Object.fromEntries(selection),
  };
}

/** @returns the search of a URL; empty for nothing */
export function writeAddress({ run, track, beside, view, selection }: Address): string {
  const entries = [
    ['run', run],
    ['track', track?.join(',')],
    ['beside', beside?.run],
    ['beside-track', beside?.track?.join(',')],
    ['view', view],
    ...parts.map((part) => [part, selection[part]?.toString()] as const),
  ] as const;
  const query = new URLSearchParams(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]])),
  );
  const written = query.toString().replaceAll('%2C', ',');
  return written && `?${written}`;
}

function positionsIn(text: string): number[] {
  return [...new Set(text.split(',').flatMap(whole))];
}

function whole(text: string): number[] {
  return /^\d{1,9}$/.test(text) ? [Number(text)] : [];
}
