/** How far a download, or a file that is being written, has come. */
export interface ByteProgress {
  /** Bytes that are on the disk, of all files together. */
  readonly bytes: number;
  /** Bytes of all files together. */
  readonly total: number;
  /** Bytes that were fetched or written per second, since the start. */
  readonly bytesPerSecond: number;
}
