/** A form of files that runs are taken along in. */
import type { RunFilter } from '../../run-filter.ts';
import type { RunStore } from '../../store.ts';
import type { StoredRun } from '../stored-run.ts';
import type { TextsOf } from '../token-rows.ts';

export interface Writing {
  readonly textsOf: TextsOf;
  readonly signal?: AbortSignal | undefined;
  /** Is told of each run as it is written. */
  readonly onRun?: ((stored: StoredRun) => void) | undefined;
}

export interface Format {
  /** Of files, without a dot. */
  readonly ending: 'jsonl' | 'csv' | 'parquet';
  readonly mediaType: string;
  /** What is in it, for people. */
  readonly description: string;
  /** The file, a piece at a time, of the runs that the filter admits and that are over: no more is read than was taken. */
  readonly write: (store: RunStore, filter: RunFilter, writing: Writing) => AsyncGenerator<Buffer, void>;
}
