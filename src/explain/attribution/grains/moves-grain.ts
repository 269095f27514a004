/** Names of the grains of attention's moves. */
import type { AttributionSelection } from '../result.ts';

export const movePaths = ['TOTAL', 'DIRECT'] as const;
/** TOTAL: by every way to the logit. DIRECT: written straight to it. */
export type MovePath = (typeof movePaths)[number];

export const moveAxes = ['LAYER', 'HEAD', 'TO', 'FROM'] as const;
/** Axes of the tensor of all moves of attention: [layer, head, to, from]. */
export type MoveAxis = (typeof moveAxes)[number];

/** The tensor of all moves with the axes that are kept; the others are summed over. */
export interface Marginal {
  readonly grain: `moves.${string}`;
  readonly path: MovePath;
  /** In the order of `moveAxes`. */
  readonly axes: readonly MoveAxis[];
}

export function movesGrain(path: MovePath, axes: Iterable<MoveAxis>): Marginal['grain'] {
  const kept = new Set(axes);
  return `moves.${path}.${moveAxes.filter((axis) => kept.has(axis)).join('.')}`;
}

/** The whole tensor. */
export const sourcesGrain = movesGrain('TOTAL', moveAxes);

/** @returns undefined for the name of another grain */
export function marginalOf(grain: string): Marginal | undefined {
  const [kind, path, ...kept] = grain.split('.');
  const known = movePaths.find((one) => one === path);
  if (kind !== 'moves' || !known) return undefined;
  const axes = moveAxes.filter((axis) => kept.includes(axis));
  return { grain: movesGrain(known, axes), path: known, axes };
}

/** Those of a selection by a path. */
export function marginalsIn(selection: AttributionSelection, path: MovePath): Marginal[] {
  return Object.keys(selection).flatMap((grain) => {
    const marginal = marginalOf(grain);
    return marginal?.path === path ? [marginal] : [];
  });
}
