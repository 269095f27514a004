import { builder, listComplexity } from '../../builder.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { AttentionEdge, MovePath } from '../moves-type.ts';
import { longestList } from './need.ts';
import { type Estimated, needs } from './part.ts';

export const edges: Estimated = { field: 'edges', list: true, description: '`first` of `edges`.', key: 'edges.TOTAL' };

type Args = { readonly first: number; readonly path: typeof MovePath.$inferType };

builder.objectField(LogitAttribution, 'edges', (t) =>
  t.field({
    ...needs(({ first, path }: Args) => [`edges.${path}`, first]),
    type: [AttentionEdge],
    description:
      'The moves of attention heads that matter most, by the magnitude of `score`, strongest first. Empty with methods that only know tokens.',
    args: {
      first: t.arg.int({ required: true, defaultValue: 20, description: `How many, at most ${longestList}.` }),
      threshold: t.arg.float({
        required: true,
        defaultValue: 0,
        description: 'Leaves out those whose score is smaller than this in magnitude.',
      }),
      path: t.arg({
        type: MovePath,
        required: true,
        defaultValue: 'TOTAL',
        description: 'By which way to the logit.',
      }),
    },
    complexity: listComplexity,
    resolve: (attribution, { first, threshold, path }) =>
      (attribution.result.grains[`edges.${path}`] ?? [])
        .slice(0, first)
        .filter(({ score }) => Math.abs(score) >= threshold)
        .map((edge) => ({ ...edge, attribution })),
  }),
);
