/** The state of the page in its address: whoever opens it sees the same. */
import type { Selection } from './selection.ts';

export interface Address {
  /** Of the run that is shown. */
  readonly run?: string;
  /** Of a second one, beside it. */
  readonly beside?: string;
  /** Positions that are followed. */
  readonly track: readonly number[];
  readonly view?: string;
  readonly selection: Selection;
}

const parts = ['position', 'layer', 'head'] as const;

/** @param search of a URL: `?run=…&view=heads&layer=2` */
export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const [run, beside, view] = ['run', 'beside', 'view'].map((name) => query.get(name) || undefined);
  const selection = parts.flatMap((part) => whole(query.get(part)).map((value) => [part, value] as const));
  return {
    ...(run && { run }),
    ...(beside && { beside }),
    ...(view && { view }),
    track: (query.get('track') ?? '').split(',').flatMap(whole),
    selection: Object.fromEntries(selection),
  };
}

/** @returns the search of a URL; empty for nothing */
export function writeAddress({ run, beside, track, view, selection }: Address): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ run, beside, view })) if (value) query.set(name, value);
  if (track.length > 0) query.set('track', track.join(','));
  for (const part of parts) if (selection[part] !== undefined) query.set(part, String(selection[part]));
  const written = query.toString().replaceAll('%2C', ',');
  return written && `?${written}`;
}

function whole(text: string | null): number[] {
  return text && /^\d{1,9}$/.test(text) ? [Number(text)] : [];
}
