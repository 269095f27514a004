/** Circulations as they run. */

import { subjectOf } from '../../runs/subject.ts';
import { answerSizeOf } from '../answer-size.ts';
import { builder, computes, passComplexity, readingComplexity } from '../builder.ts';
import { expectedSize } from '../expected-size.ts';
import { experimentArgument, joining } from '../experiments/experiment-argument.ts';
import { eventComplexity, followed } from '../runs/following.ts';
import { tokensOf } from '../runs/run-tokens.ts';
import { keepArgument } from '../runs/run-type.ts';
import { dimensionsOf } from './dimensions.ts';
import { CirculationEvent } from './events.ts';
import { CirculationInput, circulationQuestion } from './request.ts';
import { figuresOf } from './selection.ts';

builder.subscriptionFields((t) => ({
  circulation: t.field({
    type: CirculationEvent,
    extensions: computes,
    description:
      'Follows tokens through the blocks of a model, an event a block, each sent when the forward pass has passed it. What is not selected is not computed. Starts a run, or joins one under way, or replays a stored one that tells what is selected: the events are the same. A run that nobody reads any more ends, unless it is kept.',
    args: {
      input: t.arg({
        type: CirculationInput,
        required: true,
        description: 'Which tokens to follow through which model.',
      }),
      keep: t.arg.boolean(keepArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: ({ input }) => ({ field: eventComplexity + passComplexity + readingComplexity(input) }),
    subscribe: (_, { input, keep, experiment }, context, info) =>
      followed(context, info, async () => {
        const { catalogue, runs, client } = context;
        const asking = { keep, client, ...joining(experiment) };
        const model = await catalogue.get(input.model);
        const question = circulationQuestion(model, input, figuresOf(info));
        answerSizeOf(context).expect(expectedSize(info, dimensionsOf(model, question)));
        const run = await runs.startCirculation(await subjectOf(model), question, asking);
        return { run, model, tokens: tokensOf(model) };
      }),
    resolve: (event) => event,
  }),
}));
