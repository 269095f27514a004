/** What each head and each MLP contributes, as far as the run has told it. */
import type { Strongest } from './words.ts';

export type Reach = 'total' | 'direct';

interface Contribution {
  readonly direct: number;
  readonly total: number;
}

/** As `LayerAttributed` tells it. */
interface Attributed {
  readonly layer: number;
  readonly heads: readonly (Contribution & { readonly head: number })[];
  readonly mlp: Contribution | null;
}

/** As `LayerPassed` tells it. */
interface Passed {
  readonly layer: number;
  readonly provisional: { readonly heads: readonly number[]; readonly mlp: number | null } | null;
}

/** `final`: told on the way down. `provisional`: direct ones, up to one factor for all. `unknown`: not told yet. */
export interface Row {
  readonly layer: number;
  readonly state: 'final' | 'provisional' | 'unknown';
  readonly heads: readonly number[];
  /** Null in a block without one, and as long as it is unknown. */
  readonly mlp: number | null;
}

export interface Figures {
  /** First to last. */
  readonly rows: readonly Row[];
  readonly headCount: number;
  readonly hasMlp: boolean;
  /** Of all figures of either reach that are final. */
  readonly largest: number;
  /** Of those that are provisional, which are of another scale. */
  readonly largestProvisional: number;
}

export function figuresOf(
  layerCount: number,
  headCount: number,
  passed: readonly (Passed | undefined)[],
  attributed: readonly (Attributed | undefined)[],
  reach: Reach,
): Figures {
  const rows = Array.from({ length: layerCount }, (_, layer): Row => {
    const final = attributed[layer];
    const provisional = passed[layer]?.provisional;
    if (final) {
      return { layer, state: 'final', heads: final.heads.map((head) => head[reach]), mlp: final.mlp?.[reach] ?? null };
    }
    if (provisional) return { layer, state: 'provisional', heads: provisional.heads, mlp: provisional.mlp };
    return { layer, state: 'unknown', heads: [], mlp: null };
  });
  let [largest, largestProvisional] = [0, 0];
  for (const layer of attributed)
    for (const part of layer ? [...layer.heads, ...(layer.mlp ? [layer.mlp] : [])] : [])
      largest = Math.max(largest, Math.abs(part.direct), Math.abs(part.total));
  for (const { state, heads, mlp } of rows)
    if (state === 'provisional')
      for (const value of [...heads, mlp ?? 0]) largestProvisional = Math.max(largestProvisional, Math.abs(value));
  return {
    rows,
    headCount: rows.reduce((most, { heads }) => Math.max(most, heads.length), headCount),
    hasMlp: rows.some(({ state, mlp }) => state === 'unknown' || mlp !== null),
    largest,
    largestProvisional,
  };
}

/** The heads that contribute most, by magnitude, of those that are final; of one layer, where it is named. */
export function strongestHeads({ rows }: Pick<Figures, 'rows'>, count: number, layer?: number): Strongest[] {
  return rows
    .filter((row) => row.state === 'final' && (layer === undefined || row.layer === layer))
    .flatMap((row) => row.heads.map((value, head) => ({ layer: row.layer, head, value })))
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value))
    .slice(0, count);
}

/** Null is the MLP. Undefined: unknown, or not there. */
export function valueAt({ rows }: Pick<Figures, 'rows'>, layer: number, head: number | null): number | undefined {
  const row = rows[layer];
  return (head === null ? row?.mlp : row?.heads[head]) ?? undefined;
}

/** Of all heads, and of all MLPs: null where there are none. */
export function sumOf({ rows }: Pick<Figures, 'rows'>): { readonly heads: number; readonly mlps: number | null } {
  const mlps = rows.map(({ mlp }) => mlp).filter((mlp) => mlp !== null);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return { heads: sum(rows.flatMap(({ heads }) => heads)), mlps: mlps.length > 0 ? sum(mlps) : null };
}
