/** Runs as files, which the server writes as they are read. */
import type { RunFilter } from '../../../../client/generated/graphql.ts';

const formats = { CSV: 'csv', JSONL: 'jsonl', Parquet: 'parquet' } as const;

export interface FileLink {
  readonly label: string;
  readonly href: string;
}

/** `/runs.csv?experiment=names&status=FAILED` */
export function fileLinks({
  kinds,
  statuses,
  methods,
  model,
  prompt,
  createdAfter,
  experiment,
}: RunFilter): FileLink[] {
  const query = new URLSearchParams(
    [
      ['experiment', experiment],
      ...(kinds ?? []).map((kind) => ['kind', kind]),
      ...(statuses ?? []).map((status) => ['status', status]),
      ['model', model],
      ...(methods ?? []).map((method) => ['method', method]),
      ['prompt', prompt],
      ['createdAfter', createdAfter],
    ].filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  return Object.entries(formats).map(([label, ending]) => ({ label, href: `/runs.${ending}?${query}` }));
}
