import { sourcesGrain } from '../../../explain/attribution/grains/moves-grain.ts';
import { builder } from '../../builder.ts';
import { Tensor } from '../../scalars.ts';
import { HeadAttribution } from './layers.ts';
import { type Estimated, needs } from './part.ts';

export const sources: Estimated = {
  field: 'sources',
  list: false,
  description: '`sources` of every head, or `moves` with all axes kept.',
  key: sourcesGrain,
};

builder.objectField(HeadAttribution, 'sources', (t) =>
  t.field({
    ...needs(
      () => [sourcesGrain, 1],
      ({ length }) => length ** 2,
    ),
    type: Tensor,
    description:
      '[to, from] within the prompt: what it contributes by moving from one position to another. Sums to `total`.',
    // As large as the prompt's length squared.
    complexity: { field: 100 },
    resolve: ({ attribution: { result }, layer, head }) => {
      const { length } = result.tokens;
      const moves = result.grains[sourcesGrain]?.values;
      const start = (layer * (result.grains.layers?.[layer]?.heads.length ?? 0) + head) * length ** 2;
      return { shape: [length, length], values: moves?.subarray(start, start + length ** 2) ?? new Float32Array() };
    },
  }),
);
