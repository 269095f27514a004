/** The picture as it is to be drawn now. */
import type { Palette } from '../../drawing/palette.ts';
import { type Carried, carriedBy } from './arcs.ts';
import { type Flow, type Followed, largestOfFollowed } from './figures.ts';
import type { Geometry } from './geometry.ts';
import type { DrawnMoves } from './moves.ts';

/** What is drawn between the rows: what attention carries of the followed tokens, what matters to what is explained, or both. */
export type Shown = 'flows' | 'matters' | 'both';

export interface Sketch {
  readonly geometry: Geometry;
  readonly palette: Palette;
  readonly flow: Flow;
  /** How many blocks are drawn: those that are known, or fewer in a replay. */
  readonly depth: number;
  readonly shown: Shown;
  /** Undefined until they are known, or where they are not shown. */
  readonly moves: DrawnMoves | undefined;
  readonly scales: Scales;
}

/** The largest of what is drawn as a length or a thickness: of all blocks that are known. */
export interface Scales {
  /** A norm, of what attention carries to other positions. */
  readonly carried: number;
  /** A norm, of what MLPs make of it. */
  readonly made: number;
  /** A magnitude, of what blocks write to what is explained. */
  readonly written: number;
}

export function scalesOf({ depths }: Flow): Scales {
  const isElsewhere = ({ token }: Followed, position: number) => position !== token.position;
  return {
    carried: largestOfFollowed(depths, ({ throughAttention }) => throughAttention, isElsewhere),
    made: largestOfFollowed(depths, ({ throughMlp }) => throughMlp),
    written: Math.max(
      0,
      ...depths.map(({ writes }) => Math.max(Math.abs(writes?.attention ?? 0), Math.abs(writes?.mlp ?? 0))),
    ),
  };
}

/** Thickness of the strongest arc. */
export function thickest({ pitch, cell }: Geometry): number {
  return Math.min(9, (pitch - cell) * 0.28);
}

/** What is drawn of what a block carries. */
export function carriedIn({ flow, shown, depth }: Sketch, layer: number): readonly Carried[] {
  const block = flow.depths[layer];
  return shown === 'matters' || layer >= depth || !block ? [] : carriedBy(block);
}

/** Which of the moves that matter a block has. */
export function movesIn({ moves, shown, depth }: Sketch, layer: number) {
  return shown === 'flows' || layer >= depth ? [] : (moves?.byLayer[layer] ?? []);
}
