/** Logit attributions as they run. */

import { subjectOf } from '../../runs/subject.ts';
import type { RunRecord } from '../../runs/types.ts';
import { answerSizeOf } from '../answer-size.ts';
import { builder, computes, readingComplexity } from '../builder.ts';
import { expectedSize } from '../expected-size.ts';
import { experimentArgument, joining } from '../experiments/experiment-argument.ts';
import { eventComplexity, followed } from '../runs/following.ts';
import { tokensOf } from '../runs/run-tokens.ts';
import { keepArgument } from '../runs/run-type.ts';
import { dimensionsOf } from './dimensions.ts';
import { LogitAttributionEvent } from './events.ts';
import { attributionQuestion, LogitAttributionInput, passesComplexity } from './request.ts';
import { selectionOf } from './selection.ts';

builder.subscriptionFields((t) => ({
  logitAttribution: t.field({
    type: LogitAttributionEvent,
    extensions: computes,
    description:
      'Explains a logit as the query of that name does, and tells of it while it is computed: an event for each block as the forward pass has passed it, one for each as the reverse pass has, and the answer at the end. What is not selected is not computed. It is the run of the query: starts it, or joins it under way, or replays it. What is selected that a run does not tell is computed once the run is over and added to its events, which then come together.',
    args: {
      input: t.arg({ type: LogitAttributionInput, required: true, description: 'Which logit to explain.' }),
      keep: t.arg.boolean(keepArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: ({ input }) => ({ field: eventComplexity + passesComplexity(input) + readingComplexity(input) }),
    subscribe: (_, { input, keep, experiment }, context, info) =>
      followed(context, info, async () => {
        const { catalogue, runs, client } = context;
        const asking = { keep, client, ...joining(experiment) };
        const model = await catalogue.get(input.model);
        const question = attributionQuestion(model, input);
        const selection = selectionOf(info);
        answerSizeOf(context).expect(expectedSize(info, dimensionsOf(model, question, selection)));
        const subject = await subjectOf(model);
        const [run] = await runs.attributions.start(subject, question, selection, asking);
        const ready = (signal: AbortSignal) =>
          runs.attributions.tell(run as RunRecord, subject, selection, { signal, client, keep });
        return { run: run as RunRecord, model, tokens: tokensOf(model), ready };
      }),
    resolve: (event) => event,
  }),
}));
