import { builder } from '../../builder.ts';
import { Tensor } from '../../scalars.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { type Estimated, emptyTensor, needs } from './part.ts';

export const residuals: Estimated = {
  field: 'residuals',
  list: false,
  description: '`residuals`.',
  key: 'residuals',
};

builder.objectField(LogitAttribution, 'residuals', (t) =>
  t.field({
    ...needs(
      () => ['residuals', 1],
      ({ layerCount, length }) => (layerCount + 1) * length,
    ),
    type: Tensor,
    description:
      "[depth, position]: what the residual stream carries to the logit at each position, before every block and after the last. Its first row is the tokens' scores; each row, with the biases from there on, sums to the logit. Empty with methods that only know tokens.",
    complexity: { field: 10 },
    resolve: ({ result }) => result.grains.residuals ?? emptyTensor,
  }),
);
