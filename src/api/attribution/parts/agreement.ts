import { builder } from '../../builder.ts';
import { Faithfulness } from './faithfulness.ts';
import { type Estimated, needs } from './part.ts';

export const agreement: Estimated = {
  field: 'agreement',
  list: false,
  description: '`agreement` in `faithfulness`.',
  key: 'agreement',
};

builder.objectField(Faithfulness, 'agreement', (t) =>
  t.float({
    ...needs(() => ['agreement', 1]),
    nullable: true,
    description:
      "Spearman's rank correlation of the token scores with those of OCCLUSION, over the tokens up to the target position; equal scores share the mean of their ranks. Null where either has one score for all. Computed only when it is selected: it runs the model once for each token.",
    resolve: ({ attribution: { result } }) => result.grains.agreement ?? null,
  }),
);
