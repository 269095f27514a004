/** The events of any run. */
import { unknownRun } from '../../errors.ts';
import { subjectOf } from '../../runs/subject.ts';
import { answerSizeOf } from '../answer-size.ts';
import { attributionEvents } from '../attribution/events.ts';
import { selectionOf } from '../attribution/selection.ts';
import { builder } from '../builder.ts';
import { circulationEvents } from '../circulation/events.ts';
import { figuresOf, requireFigures } from '../circulation/selection.ts';
import { questionFailures, ReadOnlyError, RunStateError, UnknownRunError } from '../failures.ts';
import { generationEvents } from '../generation/events.ts';
import { selectedFields } from '../selected-fields.ts';
import { eventSize } from './event-size.ts';
import { eventComplexity, followed } from './following.ts';
import { RunCancelled, RunFailed, resolveEvent } from './run-event.ts';
import { modelOf, tokensOf } from './run-tokens.ts';
import { runIdOf } from './run-type.ts';

const RunEventsResult = builder.unionType('RunEventsResult', {
  description: 'What a run tells, of whichever kind it is. What is wrong with the request is the first and only event.',
  types: [
    ...attributionEvents,
    ...circulationEvents,
    ...generationEvents,
    RunFailed,
    RunCancelled,
    ...questionFailures,
    UnknownRunError,
    RunStateError,
    ReadOnlyError,
  ],
  resolveType: resolveEvent,
});

builder.subscriptionFields((t) => ({
  runEvents: t.field({
    type: RunEventsResult,
    description:
      "A run's events after `after`, then each new one until it ends; who follows them reads the run, which goes on that long. A client that remembers the last `seq` resumes exactly where it was cut off. What is selected of an attribution that it does not tell is computed and added, as by `logitAttribution`.",
    args: {
      runId: t.arg.id({ required: true, description: 'As in `Run.id`.' }),
      after: t.arg.int({ description: 'The last `seq` that is known already. Default: none.' }),
    },
    complexity: { field: eventComplexity },
    subscribe: (_, { runId, after }, context, info) =>
      followed(context, info, async () => {
        const { runs, client } = context;
        const run = await runs.find(runIdOf(runId));
        if (!run) throw unknownRun(runId);
        requireFigures(run, figuresOf(info));
        const model = await modelOf(run, context);
        const selection = selectionOf(info);
        if (model) answerSizeOf(context).expect(eventSize(selectedFields(info), model, run, selection));
        const ready = async (signal: AbortSignal) =>
          runs.attributions.tell(run, model && (await subjectOf(model)), selection, { signal, client });
        return { run, model, tokens: tokensOf(model), after: after ?? undefined, ready };
      }),
    resolve: (event) => event,
  }),
}));
