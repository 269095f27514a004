import { pathsGrain } from '../../../explain/attribution/paths-grain.ts';
import { longestList, requireCount } from '../../bounds.ts';
import { builder, passComplexity } from '../../builder.ts';
import { orGraphQLError } from '../../failures.ts';
import { inputPosition } from '../../models/prompt.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { Paths } from '../paths-type.ts';
import { type Estimated, needs } from './part.ts';

export const paths: Estimated = {
  field: 'paths',
  list: true,
  description: '`first` of `paths`, from every token.',
  key: pathsGrain(null),
};

type Args = { readonly first: number; readonly from?: number | null };

builder.objectField(LogitAttribution, 'paths', (t) =>
  t.field({
    // Their sums are there without any of the list.
    ...needs(({ first, from }: Args) => [pathsGrain(from), first === 0 ? 1 : first]),
    type: Paths,
    nullable: true,
    description:
      'The ways on which the embeddings reach the logit: straight, through one component, through two. Null with other methods than FROZEN, for only the frozen map is linear in them.',
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: 20,
        description: `How many of each order, at most ${longestList}.`,
      }),
      from: t.arg.int({
        description:
          'Only those that begin at the token at this position; negative counts from the end. Default: at any token.',
      }),
    },
    complexity: ({ first }) => ({ field: passComplexity, multiplier: Math.max(first, 1) }),
    resolve: async (attribution, { first, from }) => {
      await requireCount('first', first);
      const { length } = attribution.run.question.input.inputIds;
      if (typeof from === 'number') await orGraphQLError(() => inputPosition('from', from, length));
      const grain = pathsGrain(from);
      const paths = attribution.result.grains[grain];
      return paths ? { ...paths, first } : null;
    },
  }),
);
