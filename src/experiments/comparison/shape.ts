import type { LayerResult } from '../../explain/attribution/grains/layer-result.ts';

/** How many blocks a model has, and how many heads in them, in words: a head of one shape is none of another. */
export function shapeOf(layers: readonly LayerResult[]): string {
  const heads = new Set(layers.map((layer) => layer.heads.length));
  return `${layers.length} blocks of ${[...heads].join(' or ')} heads`;
}
