/** Bytes of a file. */
export interface FileRange {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** In order, and each byte once: what overlaps or lies side by side is one range. */
export function merged(ranges: readonly FileRange[]): FileRange[] {
  const sorted = ranges.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.offset - b.offset));
  const all: FileRange[] = [];
  for (const range of sorted) {
    const last = all.at(-1);
    const end = last ? last.offset + last.length : 0;
    if (last?.file !== range.file || range.offset > end) all.push(range);
    else all[all.length - 1] = { ...last, length: Math.max(end, range.offset + range.length) - last.offset };
  }
  return all;
}
