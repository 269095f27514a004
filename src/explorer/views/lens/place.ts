/** Which cell of the lens is looked at. */
import type { Selection } from '../../state/selection.ts';
import type { Depth } from './readings.ts';

/** A cell: which depth, which position. */
export interface Place {
  readonly depth: Depth;
  readonly position: number;
}

interface Looking {
  /** In the table itself. */
  readonly pointed: Place | undefined;
  /** That was clicked in it: other views know no depth within a block, and none before the first. */
  readonly kept: Place | undefined;
  /** In all views. */
  readonly chosen: Selection;
}

/** By default the end of the way: the last depth, at the position that predicts. @param depths from the embedding up */
export function shownPlace({ pointed, kept, chosen }: Looking, depths: readonly Depth[], target: number): Place {
  const isKept = kept?.depth.layer === chosen.layer && kept?.position === chosen.position;
  const own = pointed ?? (isKept ? kept : undefined);
  const depth = own && depths.find(({ name }) => name === own.depth.name);
  if (own && depth) return { depth, position: own.position };
  const last = depths.findLast(({ layer, isBetween }) => !isBetween && layer === (chosen.layer ?? layer));
  return { depth: last ?? (depths.at(-1) as Depth), position: chosen.position ?? target };
}
