import { inputError } from '../../../errors.ts';
import { longestList, requireCount } from '../../bounds.ts';
import { builder, listComplexity } from '../../builder.ts';
import { orGraphQLError } from '../../failures.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { AttentionEdge, MovePath } from '../moves-type.ts';
import { type Estimated, isKnown, needs, nullOfTokensAlone } from './part.ts';

export const edges: Estimated = { field: 'edges', list: true, description: '`first` of `edges`.', key: 'edges.TOTAL' };

type Args = { readonly first: number; readonly path: typeof MovePath.$inferType };

builder.objectField(LogitAttribution, 'edges', (t) =>
  t.field({
    ...needs(({ first, path }: Args) => [`edges.${path}`, first]),
    type: [AttentionEdge],
    nullable: true,
    description: `The moves of attention heads that matter most, by the magnitude of \`score\`, strongest first. ${nullOfTokensAlone}`,
    args: {
      first: t.arg.int({ required: true, defaultValue: 20, description: `How many, at most ${longestList}.` }),
      threshold: t.arg.float({
        required: true,
        defaultValue: 0,
        description: 'Leaves out those whose score is smaller than this in magnitude; 0 or more.',
      }),
      path: t.arg({
        type: MovePath,
        required: true,
        defaultValue: 'TOTAL',
        description: 'By which way to the logit.',
      }),
    },
    complexity: listComplexity,
    resolve: async (attribution, { first, threshold, path }) => {
      await requireCount('first', first);
      await orGraphQLError(() => requireThreshold(threshold));
      const key = `edges.${path}` as const;
      if (!isKnown(attribution, key)) return null;
      return (attribution.result.grains[key] ?? [])
        .slice(0, first)
        .filter(({ score }) => Math.abs(score) >= threshold)
        .map((edge) => ({ ...edge, attribution }));
    },
  }),
);

function requireThreshold(threshold: number): void {
  if (threshold < 0) throw inputError('threshold', `\`threshold\` is a magnitude, 0 or more, not ${threshold}`);
}
