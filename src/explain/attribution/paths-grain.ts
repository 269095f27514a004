/** Names of the grains of paths. */

/** @param from where they begin, negative counts from the end; absent: at every token */
export function pathsGrain(from: number | null | undefined): `paths.${string}` {
  return `paths.${from ?? 'ALL'}`;
}

/** @returns the position at which paths of this grain begin, null for every one; undefined for one outside of the prompt */
export function originOf(grain: string, length: number): number | null | undefined {
  const from = grain.slice('paths.'.length);
  if (from === 'ALL') return null;
  const position = Number(from) < 0 ? length + Number(from) : Number(from);
  return position >= 0 && position < length ? position : undefined;
}
