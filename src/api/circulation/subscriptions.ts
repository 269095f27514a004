/** The subscriptions: each a stream of stored events, read by hand-written iterators that can be left at once. */

import { TributaryError, unknownRun } from '../../errors.ts';
import { answerSizeOf } from '../answer-size.ts';
import { builder, readingComplexity } from '../builder.ts';
import { expectedSize } from '../expected-size.ts';
import { Failure } from '../failures.ts';
import { modelOf, tokensOf } from '../runs/run-tokens.ts';
import { keepArgument, runIdOf } from '../runs/run-type.ts';
import { subjectOf } from '../runs/subject.ts';
import { selectedFields } from '../selected-fields.ts';
import { dimensionsOf } from './dimensions.ts';
import { eventValues } from './event-values.ts';
import { failingEvents } from './failing-events.ts';
import { Once } from './once.ts';
import { CirculationInput, circulationQuestion } from './request.ts';
import { CirculationEvent, changes, type EventValue } from './schema.ts';
import { figuresOf, requireFigures } from './selection.ts';

/** What following a run costs beside what is selected of an event. */
const eventComplexity = 20;

builder.subscriptionFields((t) => ({
  circulation: t.field({
    type: CirculationEvent,
    description:
      'Follows tokens through the blocks of a model, an event a block, each sent when the forward pass has passed it. What is not selected is not computed. Starts a run, or joins one under way, or replays a stored one that tells what is selected: the events are the same. A run that nobody reads any more ends, unless it is kept.',
    args: {
      input: t.arg({
        type: CirculationInput,
        required: true,
        description: 'Which tokens to follow through which model.',
      }),
      keep: t.arg.boolean(keepArgument),
    },
    complexity: ({ input }) => ({ field: eventComplexity + readingComplexity(input) }),
    subscribe: async (_, { input, keep }, context, info): Promise<AsyncIterable<EventValue | Failure>> => {
      try {
        const { catalogue, runs, signal, client, turn } = context;
        const model = await catalogue.get(input.model);
        const question = circulationQuestion(model, input, figuresOf(info));
        answerSizeOf(context).expect(expectedSize(info, dimensionsOf(model, question)));
        const run = await runs.startCirculation(await subjectOf(model), question, { keep, client });
        const tokens = (token: number) => model.checkpoint.tokenizer.token(token);
        const events = failingEvents(runs.events(run.id, undefined, { signal, turn }));
        return eventValues(events, { run, tokens }, !selectedFields(info).some(changes));
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
      "A run's events after `after`, then each new one until it ends; who follows them reads the run, which goes on that long. A client that remembers the last `seq` resumes exactly where it was cut off.",
    args: {
      runId: t.arg.id({ required: true, description: 'As in `Run.id`.' }),
      after: t.arg.int({ description: 'The last `seq` that is known already. Default: none.' }),
    },
    complexity: { field: eventComplexity },
    subscribe: async (_, { runId, after }, context, info): Promise<AsyncIterable<EventValue | Failure>> => {
      try {
        const { runs, signal, turn } = context;
        const run = await runs.find(runIdOf(runId));
        if (!run) throw unknownRun(runId);
        requireFigures(run, figuresOf(info));
        const model = await modelOf(run, context);
        if (model && run.question.kind === 'CIRCULATION')
          answerSizeOf(context).expect(expectedSize(info, dimensionsOf(model, run.question.input)));
        const events = failingEvents(runs.events(run.id, after ?? undefined, { signal, turn }));
        return eventValues(events, { run, tokens: tokensOf(model) }, !selectedFields(info).some(changes));
      } catch (error) {
        if (error instanceof TributaryError) return new Once(new Failure(error));
        throw error;
      }
    },
    resolve: (event) => event,
  }),
}));
