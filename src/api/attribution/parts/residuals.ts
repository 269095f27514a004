import { builder } from '../../builder.ts';
import { Tensor } from '../../scalars.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { type Estimated, needs, nullOfTokensAlone } from './part.ts';

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
    nullable: true,
    description: `[depth, position]: what the residual stream carries to the logit at each position, before every block and after the last. Its first row is the tokens' scores; each row, with the biases from there on, sums to the logit. ${nullOfTokensAlone}`,
    complexity: { field: 10 },
    resolve: ({ result }) => result.grains.residuals ?? null,
  }),
);
