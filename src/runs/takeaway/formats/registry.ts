import { csv } from './csv.ts';
import type { Format } from './format.ts';
import { jsonl } from './jsonl.ts';
import { parquet } from './parquet.ts';

/** Every form of files that there is. */
export const formats: readonly Format[] = [jsonl, csv, parquet];
