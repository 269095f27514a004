/** A run that is compared, with what its tokens read as. */
import type { TextReader } from '../../explain/groups/laid-text.ts';
import type { RunRecord } from '../../runs/types.ts';

export interface ComparedRun {
  readonly run: RunRecord;
  /** Null when the checkpoint is gone or is another one now. */
  readonly reader: TextReader | null;
}

/** A figure of two runs. */
export interface Difference {
  readonly a: number;
  readonly b: number;
}
