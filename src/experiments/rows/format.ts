/** Which files rows are read from, and how one is told from another. */

/** By what a name ends with, and by media types. */
const formats = {
  JSONL: {
    endings: ['.jsonl', '.ndjson'],
    types: ['application/jsonl', 'application/x-jsonlines', 'application/x-ndjson', 'application/ndjson'],
  },
  CSV: { endings: ['.csv'], types: ['text/csv'] },
  PARQUET: { endings: ['.parquet'], types: ['application/vnd.apache.parquet'] },
} as const satisfies Record<string, { readonly endings: readonly string[]; readonly types: readonly string[] }>;

export type RowFormat = keyof typeof formats;

/** As a message lists them. */
export const knownFormats =
  'JSONL (application/jsonl, or a name that ends in .jsonl), CSV (text/csv, .csv) and Parquet (application/vnd.apache.parquet, .parquet)';

/** By the media type where it says it, otherwise by the name; undefined where neither does. */
export function formatOf(mediaType: string, name: string): RowFormat | undefined {
  const type = mediaType.split(';')[0]?.trim().toLowerCase();
  const all = Object.entries(formats) as [RowFormat, { endings: readonly string[]; types: readonly string[] }][];
  const byType = all.find(([, { types }]) => types.some((known) => known === type));
  const byName = all.find(([, { endings }]) => endings.some((ending) => name.toLowerCase().endsWith(ending)));
  return (byType ?? byName)?.[0];
}
