/** The subscriptions: each a stream of stored events, read by hand-written iterators that can be left at once. */

import { TributaryError, unknownRun } from '../../errors.ts';
import { answerSizeOf } from '../answer-size.ts';
import { builder, readingComplexity } from '../builder.ts';
import { expectedSize } from '../expected-size.ts';
import { Failure } from '../failures.ts';
import { modelOf, tokensOf } from '../runs/run-tokens.ts';
import { runIdOf } from '../runs/run-type.ts';
import { subjectOf } from '../runs/subject.ts';
import { dimensionsOf } from './dimensions.ts';
import { eventValues } from './event-values.ts';
import { failingEvents } from './failing-events.ts';
import { Once } from './once.ts';
import { CirculationInput, circulationQuestion } from './request.ts';
import { CirculationEvent, type EventValue } from './schema.ts';

/** What following a run costs beside what is selected of an event. */
const eventComplexity = 20;

builder.subscriptionFields((t) => ({
  circulation: t.field({
    type: CirculationEvent,
    description:
      'Follows tokens through the blocks of a model, an event a block, each sent when the forward pass has passed it. Starts the run, or joins the one under way, or replays the stored one: the events are the same.',
    args: {
      input: t.arg({
        type: CirculationInput,
        required: true,
        description: 'Which tokens to follow through which model.',
      }),
    },
    complexity: ({ input }) => ({ field: eventComplexity + readingComplexity(input) }),
    subscribe: async (_, { input }, context, info): Promise<AsyncIterable<EventValue | Failure>> => {
      try {
        const { catalogue, runs } = context;
        const model = await catalogue.get(input.model);
        const question = circulationQuestion(model, input);
        answerSizeOf(context).expect(expectedSize(info, dimensionsOf(model, question)));
        const run = await runs.startCirculation(await subjectOf(model), question);
        const tokens = (token: number) => model.checkpoint.tokenizer.token(token);
        return eventValues(failingEvents(runs.events(run.id)), { run, tokens });
      } catch (error) {
        if (error instanceof TributaryError) return new Once(new Failure(error));
        throw error;
      }
    },
    resolve: (event) => event,
  }),
  runEvents: t.field({
    type: CirculationEvent,
    description:
      "A run's events after `after`, then each new one until it ends. A client that remembers the last `seq` resumes exactly where it was cut off.",
    args: {
      runId: t.arg.id({ required: true, description: 'As in `Run.id`.' }),
      after: t.arg.int({ description: 'The last `seq` that is known already. Default: none.' }),
    },
    complexity: { field: eventComplexity },
    subscribe: async (_, { runId, after }, context, info): Promise<AsyncIterable<EventValue | Failure>> => {
      const { runs } = context;
      const run = await runs.find(runIdOf(runId));
      if (!run) return new Once(new Failure(unknownRun(runId)));
      const model = await modelOf(run, context);
      if (model && run.question.kind === 'CIRCULATION')
        answerSizeOf(context).expect(expectedSize(info, dimensionsOf(model, run.question.input)));
      const events = failingEvents(runs.events(run.id, after ?? undefined));
      return eventValues(events, { run, tokens: tokensOf(model) });
    },
    resolve: (event) => event,
  }),
}));
