/** What a completed generation answers, as a whole. */
import { answerMatrix } from '../../explain/generation/matrix.ts';
import { builder } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { Model } from '../models/schema.ts';
import { Token } from '../models/token.ts';
import { foundRun } from '../runs/found-run.ts';
import { promptToken } from '../runs/run-event.ts';
import { Run } from '../runs/run-type.ts';
import { Tensor } from '../scalars.ts';
import { readApart } from '../selected-fields.ts';
import { AnswerAudit } from './answer-audit-type.ts';
import { nullOfUnexplained, ofExplained } from './explained-field.ts';
import type { ExplainedAnswer, GenerationValue, TokenFigures } from './generation-value.ts';
import { StopReason } from './stop-reason.ts';
import { storedGeneration } from './stored-generation.ts';
import { AnswerToPrompt } from './to-prompt-type.ts';

export const Generation = builder.objectRef<GenerationValue>('Generation');
builder.node(Generation, {
  description:
    'An answer with what each of its tokens comes from, as it is stored. Nothing is computed by the model for it.',
  extensions: readApart,
  id: { resolve: ({ run }) => run.id, description: 'Of the answer, as long as its run is stored.' },
  loadWithoutCache: async (id, context, info) => {
    const run = await foundRun(id, context);
    return run && storedGeneration(run, context, info, 'Generation');
  },
  fields: (t) => ({
    run: t.field({ type: Run, description: 'The stored run.', resolve: ({ run }) => run }),
    model: t.field({
      type: Model,
      nullable: true,
      description: 'The model; null when its checkpoint is no longer there.',
      resolve: ({ model }) => model,
    }),
    text: t.string({
      description: "The answer's text, without special tokens.",
      resolve: ({ completion }) => completion.text ?? '',
    }),
    stopReason: t.field({
      type: StopReason,
      description: 'Why the answer ends here.',
      resolve: ({ completion }) => completion.reason,
    }),
    promptTokens: t.field({
      ...extent(({ length, answer = 0 }) => length - answer),
      type: [Token],
      description: 'The tokens of the prompt.',
      resolve: (value) => Array.from({ length: value.promptLength }, (_, position) => promptToken(value, position)),
    }),
    tokens: t.field({
      ...extent(({ answer = 0 }) => answer),
      type: [Token],
      description: 'The tokens of the answer, with their places in prompt and answer together.',
      resolve: ({ completion, tokens, promptLength }) =>
        completion.answer.map((token, index) => ({ ...tokens(token), position: promptLength + index })),
    }),
    matrix: t.field({
      ...ofExplained(({ length, answer = 0 }) => length * answer),
      type: Tensor,
      description: `[answer token, position]: what each token before it contributes, those of the prompt and then those of the answer; 0 from its own place on. Each row is complete by itself: with \`bias\`, \`intercept\` and what \`audit\` tells as its gap it makes its \`values\`. ${nullOfUnexplained}`,
      complexity: { field: 100 },
      resolve: async ({ explained, promptLength }) =>
        explained && answerMatrix((await explained.scores()).rows, promptLength),
    }),
    values: t.floatList({
      ...ofExplained(({ answer = 0 }) => answer),
      description: `What is explained of each token: its logit before a softcap, or with another \`TargetKind\` its (log-)probability. ${nullOfUnexplained}`,
      resolve: ({ explained }) => figuresOf(explained, ({ audit }) => audit.logit),
    }),
    bias: t.floatList({
      ...ofExplained(({ answer = 0 }) => answer),
      description: `What no token accounts for, of each. ${nullOfUnexplained}`,
      resolve: ({ explained }) => figuresOf(explained, ({ bias }) => bias),
    }),
    intercept: t.floatList({
      ...ofExplained(({ answer = 0 }) => answer),
      description: `What a linearised target leaves beside scores and bias, of each; 0 for a logit, which is linear. ${nullOfUnexplained}`,
      resolve: ({ explained }) => figuresOf(explained, ({ intercept }) => intercept ?? 0),
    }),
    audit: t.field({
      ...ofExplained(),
      type: AnswerAudit,
      description: `Do the rows add up? ${nullOfUnexplained}`,
      resolve: async ({ explained }) => {
        const audits = await figuresOf(explained, ({ audit }) => audit);
        return audits && { audits };
      },
    }),
    toPrompt: t.field({
      ...ofExplained(),
      type: AnswerToPrompt,
      description: `What of the answer comes from each token of the prompt, through the answer itself. ${nullOfUnexplained}`,
      resolve: async ({ explained }) => explained && (await explained.scores()).toPrompt,
    }),
  }),
});

/** Of each token; null where they were not explained. */
async function figuresOf<Value>(
  explained: ExplainedAnswer | null,
  read: (figures: TokenFigures) => Value,
): Promise<Value[] | null> {
  return explained && (await explained.figures()).map(read);
}
