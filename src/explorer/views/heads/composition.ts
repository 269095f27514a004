/** Which earlier heads a head reads, and which later ones read it, by the weights alone. */
export interface Composition {
  readonly layer: number;
  readonly head: number;
  /** From 0 for nothing in common to 1. */
  readonly score: number;
}

export interface Compositions {
  /** That write what it reads, strongest first. */
  readonly earlier: readonly Composition[];
  /** That read what it writes, strongest first. */
  readonly later: readonly Composition[];
}

interface Scores {
  /** [fromLayer, fromHead, toLayer, toHead]. */
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** @param count of each, at most */
export function compositionsOf({ shape, values }: Scores, layer: number, head: number, count: number): Compositions {
  const [layers = 0, heads = 0] = shape;
  const at = (fromLayer: number, fromHead: number, toLayer: number, toHead: number) =>
    values[((fromLayer * heads + fromHead) * layers + toLayer) * heads + toHead] ?? 0;
  const strongest = (first: number, end: number, scoreOf: (layer: number, head: number) => number) =>
    Array.from({ length: Math.max(0, end - first) * heads }, (_, index): Composition => {
      const other = { layer: first + Math.floor(index / heads), head: index % heads };
      return { ...other, score: scoreOf(other.layer, other.head) };
    })
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score)
      .slice(0, count);
  return {
    earlier: strongest(0, layer, (otherLayer, otherHead) => at(otherLayer, otherHead, layer, head)),
    later: strongest(layer + 1, layers, (otherLayer, otherHead) => at(layer, head, otherLayer, otherHead)),
  };
}

/** Of all pairs of an earlier and a later head: what a score is compared with. */
export function medianScore({ shape: [layers = 0, heads = 0], values }: Scores): number {
  const scores: number[] = [];
  for (let from = 0; from < layers * heads; from++)
    for (let to = (Math.floor(from / heads) + 1) * heads; to < layers * heads; to++)
      scores.push(values[from * layers * heads + to] ?? 0);
  scores.sort((one, other) => one - other);
  return scores[scores.length >> 1] ?? 0;
}
