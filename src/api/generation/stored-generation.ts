/** The answer of a generation that is completed, read from what it told. */
import { createContextCache } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import { unknownRun } from '../../errors.ts';
import type { AnswerTokenAttribution, GenerationStep } from '../../explain/generation/event.ts';
import { ToPrompt } from '../../explain/generation/to-prompt.ts';
import type { EventPage } from '../../runs/page.ts';
import type { RunRecord, RunStep, StoredEvent } from '../../runs/types.ts';
import { answerSizeOf } from '../answer-size.ts';
import type { Context } from '../builder.ts';
import { expectedSize } from '../expected-size.ts';
import { orGraphQLError } from '../failures.ts';
import { asGraphQLError } from '../graphql-error.ts';
import { eventListsOf } from '../runs/event-lists.ts';
import { modelOf, tokensOf } from '../runs/run-tokens.ts';
import type { ExplainedAnswer, GenerationValue } from './generation-value.ts';

/** Events that are read at once. */
const pageSize = 200;
/** Bytes of a score in memory. */
const scoreBytes = 4;

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
    const [last] = await pageOf(run, context, { limit: 1, inverted: true });
    const completion = last && stepOf(last.step, 'COMPLETED');
    if (!completion) return null;
    const promptLength = run.question.input.inputIds.length;
    const answer = completion.answer.length;
    const dimensions = { layerCount: 0, headCount: 0, length: promptLength + answer, answer };
    answerSizeOf(context).expect(expectedSize(info, dimensions, type));
    const model = await modelOf(run, context);
    const isExplained = run.question.input.attribution !== null;
    const explained = async () => (isExplained ? explainedOnce(run, answer, context) : null);
    return { run, model, tokens: tokensOf(model), promptLength, completion, explained };
  });
}

const explainedIn = createContextCache(() => new Map<string, Promise<ExplainedAnswer>>());

/** Once for a request, under however many aliases. @param answer its tokens */
function explainedOnce(run: RunRecord, answer: number, context: Context): Promise<ExplainedAnswer> {
  const explained = explainedIn(context);
  const known = explained.get(run.id);
  if (known) return known;
  const promptLength = run.question.input.inputIds.length;
  // They are in memory until the request is answered, whatever is selected of them.
  answerSizeOf(context).expect(scoreBytes * answer * (promptLength + answer / 2));
  const read = explainedTokens(run, context).then((tokens) => {
    // Deleted meanwhile.
    if (tokens.length < answer) throw asGraphQLError(unknownRun(run.id));
    const rows = tokens.map((token) => token.tokens);
    return { tokens, toPrompt: new ToPrompt(rows, promptLength) };
  });
  explained.set(run.id, read);
  return read;
}

async function explainedTokens(run: RunRecord, context: Context): Promise<AnswerTokenAttribution[]> {
  const found: AnswerTokenAttribution[] = [];
  for (let after: number | undefined; ; ) {
    const events = await pageOf(run, context, { limit: pageSize, after });
    for (const { step } of events) {
      const attributed = stepOf(step, 'ATTRIBUTED');
      if (attributed) found.push(attributed);
    }
    after = events.at(-1)?.seq;
    if (events.length < pageSize) return found.sort((a, b) => a.index - b.index);
  }
}

function pageOf(run: RunRecord, context: Context, page: EventPage): Promise<StoredEvent[]> {
  return eventListsOf(context).read(context.runs, run, page);
}

function stepOf<Type extends GenerationStep['type']>(
  step: RunStep,
  type: Type,
): Extract<GenerationStep, { type: Type }> | undefined {
  return step.type === type ? (step as unknown as Extract<GenerationStep, { type: Type }>) : undefined;
}
