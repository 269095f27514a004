/** The answer of a generation that is completed. */
import type { GraphQLResolveInfo } from 'graphql';
import type { GenerationStep } from '../../explain/generation/event.ts';
import type { RunRecord } from '../../runs/types.ts';
import { answerSizeOf } from '../answer-size.ts';
import type { Context } from '../builder.ts';
import { expectedSize } from '../expected-size.ts';
import { orGraphQLError } from '../failures.ts';
import { eventListsOf } from '../runs/event-lists.ts';
import { modelOf, tokensOf } from '../runs/run-tokens.ts';
import { explainedAnswer } from './explained-answer.ts';
import type { GenerationValue } from './generation-value.ts';

/**
 * Null for a run that is no completed generation.
 * @param type of what is selected, where the field being resolved may be of several
 * @throws GraphQLError for what a client can expect
 */
export function storedGeneration(
  run: RunRecord,
  context: Context,
  info: GraphQLResolveInfo,
  type?: 'Generation',
): Promise<GenerationValue | null> {
  return orGraphQLError(async () => {
    if (run.question.kind !== 'GENERATION' || run.status !== 'COMPLETED') return null;
    const { inputIds, attribution } = run.question.input;
    const completion = await completionOf(run, context);
    if (!completion) return null;
    const promptLength = inputIds.length;
    const answer = completion.answer.length;
    const dimensions = { layerCount: 0, headCount: 0, length: promptLength + answer, answer };
    answerSizeOf(context).expect(expectedSize(info, dimensions, type));
    const model = await modelOf(run, context);
    const explained = attribution && explainedAnswer(run, answer, context);
    return { run, model, tokens: tokensOf(model), promptLength, completion, explained };
  });
}

/** The last event; undefined where the run is deleted meanwhile. */
async function completionOf(run: RunRecord, context: Context): Promise<GenerationValue['completion'] | undefined> {
  const [last] = await eventListsOf(context).read(context.runs, run, { limit: 1, inverted: true });
  return last?.step.type === 'COMPLETED' ? (last.step as Extract<GenerationStep, { type: 'COMPLETED' }>) : undefined;
}
