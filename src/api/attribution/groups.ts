/** What stretches of the prompt contribute. */
import { sumsOf } from '../../explain/groups/sums.ts';
import { builder } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { orGraphQLError } from '../failures.ts';
import { type GroupValue, TokenGroup } from '../groups/group-type.ts';
import { GroupBy, groupedText, groupingComplexity, ScoreSpanInput } from '../groups/request.ts';
import { LogitAttribution } from './logit-attribution.ts';

interface ScoreGroupValue extends GroupValue {
  readonly score: number;
  readonly share: number | null;
}

const ScoreGroup = builder.objectRef<ScoreGroupValue>('ScoreGroup').implement({
  description: 'What tokens that stand together contribute to the logit.',
  interfaces: [TokenGroup],
  fields: (t) => ({
    score: t.exposeFloat('score', {
      description: 'The sum of the scores of its tokens, in double precision: all groups have the sum of all tokens.',
    }),
    share: t.float({
      nullable: true,
      description:
        'The sum of their shares: `score` over the sum of the magnitudes of all tokens, so that it is the same however the others are put together. Null where all scores are 0.',
      resolve: ({ share }) => share,
    }),
  }),
});

builder.objectField(LogitAttribution, 'groups', (t) =>
  t.field({
    ...extent(({ length }) => length),
    type: [ScoreGroup],
    nullable: true,
    description:
      'What words, sentences, messages or any other stretches of the prompt contribute: scores of tokens, summed. Each position is in one group. Null beside an error of its own where the prompt cannot be put together so.',
    args: {
      by: t.arg({ type: GroupBy, required: true, description: 'How.' }),
      spans: t.arg({ type: [ScoreSpanInput], description: 'The spans of SPANS, in any order.' }),
    },
    complexity: (args) => ({ field: groupingComplexity(args), multiplier: 10 }),
    resolve: (attribution, args) =>
      orGraphQLError(() => {
        const scores = attribution.result.tokens;
        const text = groupedText(attribution, args);
        const sums = sumsOf(text.groups, scores);
        const magnitude = scores.reduce((sum, score) => sum + Math.abs(score), 0);
        return text.groups.map((group, index) => {
          const score = sums[index] as number;
          return { group, text, score, share: magnitude === 0 ? null : score / magnitude };
        });
      }),
  }),
);
