/** Names of the grains of attention's moves. */
import type { AttributionSelection } from '../result.ts';

export const movePaths = ['TOTAL', 'DIRECT'] as const;
/** TOTAL: by every way to the logit. DIRECT: written straight to it. */
export type MovePath = (typeof movePaths)[number];

export const moveAxes = ['LAYER', 'HEAD', 'TO', 'FROM'] as const;
/** Axes of the tensor of all moves of attention: [layer, head, to, from]. */
export type MoveAxis = (typeof moveAxes)[number];

/** Blocks and heads that moves are told of, ascending, each once; absent: all. */
export interface ChosenHeads {
  readonly layers?: readonly number[] | undefined;
  /** In each of the blocks. */
  readonly heads?: readonly number[] | undefined;
}

/** The tensor of all moves, or of those of chosen heads, with the axes that are kept; the others are summed over. */
export interface Marginal extends ChosenHeads {
  readonly grain: `moves.${string}`;
  readonly path: MovePath;
  /** In the order of `moveAxes`. */
  readonly axes: readonly MoveAxis[];
}

/** `moves.TOTAL.TO.FROM`; of the first two heads of block 3 `moves.TOTAL.TO.FROM.layers=3.heads=0,1`. */
export function movesGrain(
  path: MovePath,
  axes: Iterable<MoveAxis>,
  { layers, heads }: ChosenHeads = {},
): Marginal['grain'] {
  const kept = new Set(axes);
  const axesKept = moveAxes.filter((axis) => kept.has(axis)).join('.');
  return `moves.${path}.${axesKept}${layers ? `.layers=${layers}` : ''}${heads ? `.heads=${heads}` : ''}`;
}

/** The whole tensor. */
export const sourcesGrain = movesGrain('TOTAL', moveAxes);

/** @returns undefined for the name of another grain */
export function marginalOf(grain: string): Marginal | undefined {
  const [kind, path, ...kept] = grain.split('.');
  const known = movePaths.find((one) => one === path);
  if (kind !== 'moves' || !known) return undefined;
  const axes = moveAxes.filter((axis) => kept.includes(axis));
  const chosen = { layers: numbersIn(kept, 'layers='), heads: numbersIn(kept, 'heads=') };
  return { grain: movesGrain(known, axes, chosen), path: known, axes, ...chosen };
}

function numbersIn(parts: readonly string[], start: string): number[] | undefined {
  const part = parts.find((one) => one.startsWith(start));
  return part?.slice(start.length).split(',').map(Number);
}

/** How long each axis of a marginal is in the answer. Numbers that the model does not have count for nothing. */
export function movesSizes(
  { layers, heads }: ChosenHeads,
  { layerCount, headCount }: { readonly layerCount: number; readonly headCount: number },
  length: number,
): Record<MoveAxis, number> {
  return { LAYER: there(layers, layerCount).length, HEAD: there(heads, headCount).length, TO: length, FROM: length };
}

/** Those of them that there are. */
export function there(chosen: readonly number[] | undefined, count: number): number[] {
  return chosen ? chosen.filter((number) => number < count) : [...Array(count).keys()];
}

/** Those of a selection by a path. */
export function marginalsIn(selection: AttributionSelection, path: MovePath): Marginal[] {
  return Object.keys(selection).flatMap((grain) => {
    const marginal = marginalOf(grain);
    return marginal?.path === path ? [marginal] : [];
  });
}

/** Those of them that have something of a block. */
export function marginalsAt(selection: AttributionSelection, path: MovePath, layer: number): Marginal[] {
  return marginalsIn(selection, path).filter(({ layers }) => layers?.includes(layer) ?? true);
}
