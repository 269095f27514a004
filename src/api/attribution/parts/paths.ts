import { GraphQLError } from 'graphql';
import { originOf, pathsGrain } from '../../../explain/attribution/paths-grain.ts';
import { builder } from '../../builder.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { Paths } from '../paths-type.ts';
import { longestList } from './need.ts';
import { type Estimated, needs, passComplexity } from './part.ts';

export const paths: Estimated = {
  field: 'paths',
  list: true,
  description: '`first` of `paths`, from every token.',
  key: pathsGrain(null),
};

type Args = { readonly first: number; readonly from?: number | null };

builder.objectField(LogitAttribution, 'paths', (t) =>
  t.field({
    ...needs(({ first, from }: Args) => [pathsGrain(from), first]),
    type: Paths,
    nullable: true,
    description:
      'The ways on which the embeddings reach the logit: straight, through one component, through two. Null with other methods than FROZEN.',
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
    resolve: ({ result, run }, { first, from }) => {
      const grain = pathsGrain(from);
      const { length } = run.question.input.inputIds;
      if (originOf(grain, length) === undefined) {
        throw new GraphQLError(
          `\`paths(from: ${from})\` is outside of the prompt; it has ${length} tokens: 0 to ${length - 1}, or −${length} to −1`,
          { extensions: { code: 'BAD_USER_INPUT' } },
        );
      }
      const paths = result.grains[grain];
      return paths ? { ...paths, first } : null;
    },
  }),
);
