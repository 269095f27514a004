/** Where one tensor lies on disk. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: 'F64' | 'F32' | 'F16' | 'BF16';
  readonly shape: readonly number[];
  /** Absolute real path of the file (links resolved). */
  readonly file: string;
  /** First byte within the file, header included. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}
