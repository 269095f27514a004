import type { ModelSpecification } from '../architecture/specification.ts';

/** Whether positions are rotated alike in sequences of two lengths: some rotations depend on how long the whole is. */
export function rotatesAlike({ blocks }: ModelSpecification, length: number, other: number): boolean {
  if (length === other) return true;
  const rotaries = new Set(blocks.flatMap(({ attention: { rotary } }) => rotary ?? []));
  return [...rotaries].every(({ frequencies }) => {
    const [one, two] = [frequencies(length), frequencies(other)];
    return one === two || one.every((frequency, index) => frequency === two[index]);
  });
}
