/** Answers as they are written. */

import { subjectOf } from '../../runs/subject.ts';
import { answerSizeOf } from '../answer-size.ts';
import { builder, computes, passComplexity, readingComplexity } from '../builder.ts';
import { expectedSize } from '../expected-size.ts';
import { experimentArgument, joining } from '../experiments/experiment-argument.ts';
import { eventComplexity, followed } from '../runs/following.ts';
import { tokensOf } from '../runs/run-tokens.ts';
import { keepArgument } from '../runs/run-type.ts';
import { dimensionsOf } from './dimensions.ts';
import { GenerationEvent } from './events.ts';
import { GenerationInput, generationQuestion } from './request.ts';
import { explains } from './selection.ts';

builder.subscriptionFields((t) => ({
  generation: t.field({
    type: GenerationEvent,
    extensions: computes,
    description:
      'Has a model go on from a prompt, a token an event, each sent when it is said; where `TokenAttributed` is selected, with what each comes from. What is not selected is not computed. Starts a run, or joins one under way, or replays a stored one: the events are the same. A run that nobody reads any more ends, unless it is kept.',
    args: {
      input: t.arg({ type: GenerationInput, required: true, description: 'What the model is to go on from, and how.' }),
      keep: t.arg.boolean(keepArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: ({ input }) => ({ field: eventComplexity + passComplexity + readingComplexity(input) }),
    subscribe: (_, { input, keep, experiment }, context, info) =>
      followed(context, info, async () => {
        const { catalogue, runs, client } = context;
        const asking = { keep, client, ...joining(experiment) };
        const model = await catalogue.get(input.model);
        const question = generationQuestion(model, input, explains(info));
        answerSizeOf(context).expect(expectedSize(info, dimensionsOf(model, question)));
        const run = await runs.startGeneration(await subjectOf(model), question, asking);
        return { run, model, tokens: tokensOf(model) };
      }),
    resolve: (event) => event,
  }),
}));
