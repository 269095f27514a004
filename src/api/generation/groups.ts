/** What stretches of prompt and answer contribute to each token of an answer. */
import { sumsOf } from '../../explain/groups/sums.ts';
import { builder } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { orGraphQLError } from '../failures.ts';
import { type GroupValue, TokenGroup } from '../groups/group-type.ts';
import { GroupBy, type GroupedText, groupedText, groupingComplexity, ScoreSpanInput } from '../groups/request.ts';
import { Tensor } from '../scalars.ts';
import { nullOfUnexplained, ofExplained } from './explained-field.ts';
import { Generation } from './generation-type.ts';
import type { AnswerScores } from './generation-value.ts';

interface AnswerGroupValue extends GroupValue {
  readonly share: number | null;
}

const AnswerGroup = builder.objectRef<AnswerGroupValue>('AnswerGroup').implement({
  description: 'Tokens of a prompt or its answer that stand together.',
  interfaces: [TokenGroup],
  fields: (t) => ({
    share: t.float({
      nullable: true,
      description:
        'What of the whole answer comes from its tokens of the prompt: the sum of theirs of `AnswerToPrompt.answer`. Null where it has none.',
      resolve: ({ share }) => share,
    }),
  }),
});

interface AnswerGroupsValue {
  readonly text: GroupedText;
  readonly scores: AnswerScores;
  readonly promptLength: number;
}

const AnswerGroups = builder.objectRef<AnswerGroupsValue>('AnswerGroups').implement({
  description: 'What stretches of prompt and answer contribute to each token of the answer.',
  fields: (t) => ({
    groups: t.field({
      ...extent(({ length }) => length),
      type: [AnswerGroup],
      description: 'The groups, in the order of their positions.',
      resolve: ({ text, scores: { toPrompt }, promptLength }) => {
        const { groups } = text;
        const sums = sumsOf(groups, toPrompt.answer());
        return groups.map((group, index) => ({
          group,
          text,
          share: group.from < promptLength ? (sums[index] as number) : null,
        }));
      },
    }),
    scores: t.field({
      ...extent(({ length, answer = 0 }) => length * answer),
      type: Tensor,
      description:
        '[answer token, group]: the sum of the scores of its tokens, in double precision; those from the token on have none. Each row has the sum of that of `matrix`.',
      complexity: { field: 100 },
      resolve: ({ text: { groups }, scores: { rows } }) => {
        const values = new Float32Array(rows.length * groups.length);
        for (const [index, row] of rows.entries()) values.set(sumsOf(groups, row), index * groups.length);
        return { shape: [rows.length, groups.length], values };
      },
    }),
  }),
});

builder.objectField(Generation, 'groups', (t) =>
  t.field({
    ...ofExplained(),
    type: AnswerGroups,
    description: `What words, sentences, messages or any other stretches contribute to each token of the answer: scores of tokens, summed. Each position of prompt and answer is in one group, and none but a span that is named goes over where the answer begins. ${nullOfUnexplained} Null beside an error of its own where the text cannot be put together so.`,
    args: {
      by: t.arg({ type: GroupBy, required: true, description: 'How.' }),
      spans: t.arg({ type: [ScoreSpanInput], description: 'The spans of SPANS, in any order.' }),
    },
    complexity: (args) => ({ field: groupingComplexity(args) }),
    resolve: (value, args) =>
      orGraphQLError(async () => {
        const text = groupedText(value, args, value.completion.answer);
        const { explained, promptLength } = value;
        return explained && { text, scores: await explained.scores(), promptLength };
      }),
  }),
);
