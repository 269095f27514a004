/** The attribution's strongest moves: which are drawn, and what the others come to. */
import { type Move, strongest } from './arcs.ts';

/** What is asked for, beside the question: as many edges as the API gives, and what each block moves in all. */
export const movesAsked = { keep: ['LAYER'], path: 'TOTAL', edges: 1000, threshold: 0 } as const;
/** Drawn at first: the fewest that carry this part of the magnitude of those that are known, … */
const part = 0.8;
/** … but no hairball. */
const most = 40;

export interface DrawnMoves {
  /** By block. */
  readonly byLayer: readonly (readonly Move[])[];
  readonly count: number;
  /** How many are known: at most as many as were asked for. */
  readonly known: number;
  /** Part of the summed magnitude of those that are known, from 0 to 1. */
  readonly part: number;
  /** Of the strongest: a magnitude, in the unit of what is explained. */
  readonly largest: number;
  /** What all other moves of each block come to: what all come to, less those that are drawn. */
  readonly rest: readonly number[];
}

/** @param edges strongest first */
export function defaultCount(edges: readonly Move[]): number {
  return strongest(edges, ({ score }) => score, part, most).length;
}

/**
 * @param edges strongest first
 * @param totals what all moves of each block come to
 * @param count how many to draw
 */
export function drawnMoves(edges: readonly Move[], totals: ArrayLike<number>, count: number): DrawnMoves {
  const byLayer = Array.from(totals, (): Move[] => []);
  const rest = Array.from(totals);
  const drawn = edges.slice(0, count);
  for (const move of drawn) {
    byLayer[move.layer]?.push(move);
    rest[move.layer] = (rest[move.layer] ?? 0) - move.score;
  }
  const magnitude = (moves: readonly Move[]) => moves.reduce((sum, { score }) => sum + Math.abs(score), 0);
  return {
    byLayer,
    count: drawn.length,
    known: edges.length,
    part: magnitude(drawn) / (magnitude(edges) || 1),
    largest: Math.abs(edges[0]?.score ?? 0),
    rest,
  };
}
