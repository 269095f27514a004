/** What the lens reads, by position and depth: from answers of the server, and from a run while it goes on. */
import type { LensQuery, LensReadingPartsFragment } from '../../../client/generated/graphql.ts';
import type { LayerPassed } from '../../state/attribution.ts';

export type LensAnswer = Extract<NonNullable<LensQuery['lens']>, { __typename: 'Lens' }>;
export type LensToken = LensReadingPartsFragment['tokens'][number];

export interface Reading {
  /** Likeliest first. */
  readonly top: readonly LensToken[];
  /** Those that were asked for. */
  readonly tokens: readonly LensToken[];
  /** In nats; a run that goes on does not tell it. */
  readonly entropy?: number;
}

/** A depth at which the stream is read. */
export interface Depth {
  /** `embedding`, `2a` after the attention of layer 2, `2` after layer 2. */
  readonly name: string;
  /** Absent before the first block. */
  readonly layer?: number;
  readonly isBetween: boolean;
}

/** By the name of the depth. */
export type Column = ReadonlyMap<string, Reading>;

/** From the embedding up. */
export function depthsOf(layerCount: number, hasBetween: boolean): Depth[] {
  const blocks = Array.from({ length: layerCount }, (_, layer): Depth[] => [
    ...(hasBetween ? [{ name: `${layer}a`, layer, isBetween: true }] : []),
    { name: String(layer), layer, isBetween: false },
  ]);
  return [{ name: 'embedding', isBetween: false }, ...blocks.flat()];
}

/** `after layer 2`. */
export function inWords({ layer, isBetween }: Depth): string {
  if (layer === undefined) return 'before layer 0';
  return isBetween ? `after the attention of layer ${layer}` : `after layer ${layer}`;
}

/** By position. */
export function columnsOf({ positions, embedding, layers }: LensAnswer): Map<number, Column> {
  return new Map(
    positions.map((position, index) => {
      const column = new Map<string, Reading>();
      const take = (name: string, reading: LensReadingPartsFragment | undefined) => {
        if (reading) column.set(name, { ...reading, top: reading.top ?? [] });
      };
      take('embedding', embedding[index]);
      for (const { layer, afterAttention, afterBlock } of layers) {
        take(`${layer}a`, afterAttention?.[index]);
        take(String(layer), afterBlock[index]);
      }
      return [position, column];
    }),
  );
}

/** Of the position that predicts, as far as the forward pass has come. */
export function liveColumn(passed: readonly (LayerPassed | undefined)[]): Column {
  return new Map(
    passed
      .filter((layer) => layer !== undefined)
      .map(({ layer, lens, target }) => [String(layer), { top: lens, tokens: [target] }]),
  );
}

/** A token's figures in a reading, where they are known. */
export function figuresOf(reading: Reading | undefined, tokenId: number): LensToken | undefined {
  const isIt = ({ token }: LensToken) => token.tokenId === tokenId;
  return reading?.tokens.find(isIt) ?? reading?.top.find(isIt);
}

/** A token through depth. */
export interface Series {
  /** `' Mary'`. */
  readonly name: string;
  readonly role: 'target' | 'against' | 'other';
  readonly points: readonly SeriesPoint[];
}

export interface SeriesPoint {
  /** Among the depths. */
  readonly index: number;
  readonly rank: number;
  readonly probability: number;
}

/** @param name as it is quoted */
export function seriesOf(
  { role, name, tokenId }: { readonly role: Series['role']; readonly name: string; readonly tokenId: number },
  column: Column,
  depths: readonly Depth[],
): Series {
  const points = depths.flatMap((depth, index) => {
    const figures = figuresOf(column.get(depth.name), tokenId);
    return figures ? [{ index, rank: figures.rank, probability: figures.probability }] : [];
  });
  return { role, name, points };
}
