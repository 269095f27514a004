/** How far back the attention of each block looks, as configurations say it. */
import { z } from 'zod';
import { type Declared, refuse } from './architecture.ts';

const kinds = ['full_attention', 'sliding_attention'] as const;
export type LayerType = (typeof kinds)[number];

/** `layer_types`: one for each block. */
export const layerTypes = z.array(
  z.enum(kinds, {
    error: ({ input }) => `the layer type ${JSON.stringify(input)} is not supported; supported are ${kinds.join(', ')}`,
  }),
);

/** `layer_types`, or what the family does where a configuration has none. */
export function layerTypesOf(
  checkpoint: Declared,
  config: { readonly num_hidden_layers: number; readonly layer_types?: readonly LayerType[] | null | undefined },
  slides: (layer: number) => boolean,
): readonly LayerType[] {
  const { num_hidden_layers: layers, layer_types: given } = config;
  if (given && given.length !== layers)
    refuse(checkpoint, 'layer_types', `it names ${given.length} blocks, the model has num_hidden_layers = ${layers}`);
  return (
    given ?? Array.from({ length: layers }, (_, layer) => (slides(layer) ? 'sliding_attention' : 'full_attention'))
  );
}

/** `sliding_window`: how many positions are seen, the own one included; 0 is said where no block has a window. */
export const slidingWindow = z.int().nonnegative().nullable();

/** Per block its window; undefined where it sees the whole prompt. */
export function windowsOf(
  checkpoint: Declared,
  types: readonly LayerType[],
  window: number | null,
): readonly (number | undefined)[] {
  return types.map((type, layer) => {
    if (type === 'full_attention') return undefined;
    if (window === null)
      refuse(checkpoint, 'sliding_window', `block ${layer} has sliding attention but no window is set`);
    if (window === 0)
      refuse(checkpoint, 'sliding_window', `0 positions leave block ${layer} nothing to see; it must be 1 or more`);
    return window;
  });
}
