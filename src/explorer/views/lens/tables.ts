/** The lens' figures to take along. */
import type { Table } from '../../takeaway/takeaway.ts';
import type { LensColumn } from './picture.ts';
import { type Depth, inWords, type Series } from './readings.ts';

/** @param columns that are read */
export function lensTables(
  columns: readonly LensColumn[],
  series: readonly Series[],
  depths: readonly Depth[],
): Table[] {
  return [
    {
      name: 'lens',
      columns: [
        'position',
        'token',
        'depth',
        'rank',
        'predicted',
        'token id',
        'probability',
        'logit',
        'entropy (nats)',
      ],
      rows: columns.flatMap(({ position, token, column }) =>
        depths.flatMap((depth) => {
          const reading = column?.get(depth.name);
          const listed = new Map(
            [...(reading?.top ?? []), ...(reading?.tokens ?? [])].map((of) => [of.token.tokenId, of]),
          );
          return [...listed.values()].map(({ token: predicted, rank, probability, logit }) => [
            position,
            token.text,
            inWords(depth),
            rank,
            predicted.text,
            predicted.tokenId,
            probability,
            logit,
            reading?.entropy ?? null,
          ]);
        }),
      ),
    },
    {
      name: 'ranks',
      columns: ['token', 'depth', 'rank', 'probability'],
      rows: series.flatMap(({ name, points }) =>
        points.map(({ index, rank, probability }) => {
          const depth = depths[index];
          return [name, depth ? inWords(depth) : null, rank, probability];
        }),
      ),
    },
  ];
}
