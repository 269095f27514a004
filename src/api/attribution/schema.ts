/** The queries of logit attributions. */
import type { GraphQLResolveInfo } from 'graphql';
import './parts/registry.ts';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { subjectOf } from '../../runs/subject.ts';
import type { Asking } from '../../runs/types.ts';
import { answerSizeOf } from '../answer-size.ts';
import { builder, type Context, computes, readingComplexity } from '../builder.ts';
import { expectedSize, extent } from '../expected-size.ts';
import { experimentArgument, joining } from '../experiments/experiment-argument.ts';
import { orFailure, questionFailures, typeOf } from '../failures.ts';
import { keepArgument } from '../runs/run-type.ts';
import type { AttributionValue } from './attribution-value.ts';
import { growing } from './deferred-parts.ts';
import { dimensionsOf } from './dimensions.ts';
import { LogitAttribution } from './logit-attribution.ts';
import { attributionQuestions, LogitAttributionInput, LogitAttributionsInput, passesComplexity } from './request.ts';
import { firstNeedsOf, mostOf, selectionOf } from './selection.ts';

const LogitAttributionResult = builder.unionType('LogitAttributionResult', {
  description: 'The attribution, or what was wrong with the request.',
  types: [LogitAttribution, ...questionFailures],
  resolveType: typeOf('LogitAttribution'),
});

const LogitAttributions = builder
  .objectRef<{ readonly attributions: readonly AttributionValue[] }>('LogitAttributions')
  .implement({
    description: 'Where several logits of one prompt come from.',
    fields: (t) => ({
      attributions: t.field({
        ...extent(({ targets = 1 }) => targets),
        type: [LogitAttribution],
        description: 'One for each target, in order; each is a run of its own.',
        // The query's own complexity counts the targets.
        complexity: { field: 0, multiplier: 1 },
        resolve: ({ attributions }) => [...attributions],
      }),
    }),
  });

const LogitAttributionsResult = builder.unionType('LogitAttributionsResult', {
  description: 'The attributions, or what was wrong with the request.',
  types: [LogitAttributions, ...questionFailures],
  resolveType: typeOf('LogitAttributions'),
});

/** The answers to a question for each of its targets, as far as they are selected. */
async function answersTo(
  input: typeof LogitAttributionsInput.$inferInput,
  asked: Pick<Asking, 'keep' | 'experiments'>,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<AttributionValue[]> {
  const { catalogue, runs, signal, client, inParts } = context;
  const whole = selectionOf(info);
  const selection = inParts ? mostOf(firstNeedsOf(info)) : whole;
  const model = await catalogue.get(input.model);
  const questions = attributionQuestions(model, input);
  const { targets } = questions;
  answerSizeOf(context).expect(
    expectedSize(info, { ...dimensionsOf(model, questions, whole), targets: targets.length }),
  );
  const asking = { ...asked, signal, client };
  const subject = await subjectOf(model);
  const answers = await runs.attributions.ask(subject, questions, selection, asking);
  const tokens = (id: number) => model.checkpoint.tokenizer.token(id);
  const reading = { signal: asked.keep ? undefined : signal, client };
  return answers.map((answer) => {
    const value = { ...answer, model, tokens };
    const read = (further: AttributionSelection) => runs.attributions.read(answer.run, subject, further, reading);
    return inParts ? growing(value, selection, read) : value;
  });
}

builder.queryFields((t) => ({
  logitAttribution: t.field({
    type: LogitAttributionResult,
    extensions: computes,
    description:
      'Explains a logit: what each token, layer, head, source position and neuron contributes to it. Stored; what is stored already is not computed again. What nobody waits for any more is not computed to its end, unless it is kept.',
    args: {
      input: t.arg({ type: LogitAttributionInput, required: true, description: 'Which logit to explain.' }),
      keep: t.arg.boolean(keepArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: ({ input }) => ({ field: passesComplexity(input) + readingComplexity(input) }),
    resolve: (_, { input: { target, ...input }, keep, experiment }, context, info) =>
      orFailure(async () => {
        const asked = { keep, ...joining(experiment) };
        const [answer] = await answersTo({ ...input, targets: [target ?? { kind: 'LOGIT' }] }, asked, context, info);
        return answer as AttributionValue;
      }),
  }),
  logitAttributions: t.field({
    type: LogitAttributionsResult,
    extensions: computes,
    description:
      "Explains several logits of one prompt: the model's own pass is made once for all of them. Each is stored as a run of its own, as if it had been asked for alone: its figures are those to the rounding of float32, of which the last bits may depend on what is computed together.",
    args: {
      input: t.arg({ type: LogitAttributionsInput, required: true, description: 'Which logits to explain.' }),
      keep: t.arg.boolean(keepArgument),
      experiment: t.arg.string(experimentArgument),
    },
    complexity: ({ input }) => ({
      field: passesComplexity(input) * Math.max(input.targets.length, 1) + readingComplexity(input),
      multiplier: Math.max(input.targets.length, 1),
    }),
    resolve: (_, { input, keep, experiment }, context, info) =>
      orFailure(async () => ({
        attributions: await answersTo(input, { keep, ...joining(experiment) }, context, info),
      })),
  }),
}));
