/** An answer traced back to its prompt, in GraphQL. */
import type { ToPrompt } from '../../explain/generation/to-prompt.ts';
import { builder } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { Tensor } from '../scalars.ts';

export const AnswerToPrompt = builder.objectRef<ToPrompt>('AnswerToPrompt').implement({
  description:
    'An answer traced back to its prompt: what comes from an earlier token of the answer goes on to what that one comes from. Of each token the positive scores are taken, over their sum.',
  fields: (t) => ({
    shares: t.field({
      ...extent(({ length, answer = 0 }) => (length - answer) * answer),
      type: Tensor,
      description:
        '[answer token, prompt token]: what of the one comes from the other, by whatever way through the answer. A row and its `untraced` sum to 1.',
      complexity: { field: 100 },
      resolve: (toPrompt) => toPrompt.shares(),
    }),
    untraced: t.floatList({
      ...extent(({ answer = 0 }) => answer),
      description:
        'What of each token of the answer cannot be traced: 1 where it has no positive score, and of others what comes from such a one.',
      resolve: (toPrompt) => toPrompt.untraced(),
    }),
    answer: t.floatList({
      ...extent(({ length, answer = 0 }) => length - answer),
      description:
        'What of the whole answer comes from each token of the prompt: the mean of `shares` over all tokens of the answer, untraced ones included, so that it sums to 1 less the mean of `untraced`.',
      resolve: (toPrompt) => toPrompt.answer(),
    }),
  }),
});
