/** The residual stream's figures to take along. */
import type { Table } from '../../takeaway/takeaway.ts';
import { type Ledger, partName, type StreamRow } from './ledger.ts';

export function ledgerTables({ parts }: Ledger, stream: readonly StreamRow[], unit: string): Table[] {
  return [
    {
      name: 'parts',
      columns: ['part', 'layer', `direct (${unit})`, `total (${unit})`],
      rows: parts.map(({ kind, layer = null, direct, total }) => [partName({ kind }), layer, direct, total]),
    },
    {
      name: 'stream',
      columns: ['before layer', `carried (${unit})`, `biases from there on (${unit})`],
      rows: stream.map(({ layer, residual, biases }) => [layer, residual, biases]),
    },
  ];
}
