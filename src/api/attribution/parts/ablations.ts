import { longestList, requireCount } from '../../bounds.ts';
import { builder, passComplexity } from '../../builder.ts';
import { Ablation, AblationReplacement } from '../ablation-type.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { type Estimated, isKnown, needs, nullOfTokensAlone } from './part.ts';

export const ablations: Estimated = {
  field: 'ablations',
  list: true,
  description: '`first` of `ablations`.',
  key: 'ablations.ZERO',
};

type Args = { readonly first: number; readonly replacement: typeof AblationReplacement.$inferType };

builder.objectField(LogitAttribution, 'ablations', (t) =>
  t.field({
    ...needs(({ first, replacement }: Args) => [`ablations.${replacement}`, first]),
    type: [Ablation],
    nullable: true,
    description: `Cause beside attribution: the heads and MLPs to which most is attributed, by the magnitude of \`total\`, strongest first, each with what is lost when it is ablated. Runs the model once for each. ${nullOfTokensAlone}`,
    args: {
      first: t.arg.int({ required: true, defaultValue: 10, description: `How many, at most ${longestList}.` }),
      replacement: t.arg({
        type: AblationReplacement,
        required: true,
        defaultValue: 'ZERO',
        description: "What takes the place of a component's output.",
      }),
    },
    complexity: ({ first }) => ({
      field: passComplexity * Math.max(first, 1),
      multiplier: Math.max(first, 1),
    }),
    resolve: async (attribution, { first, replacement }) => {
      await requireCount('first', first);
      const key = `ablations.${replacement}` as const;
      return isKnown(attribution, key) ? (attribution.result.grains[key] ?? []).slice(0, first) : null;
    },
  }),
);
