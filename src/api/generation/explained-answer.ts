/** What the tokens of a stored answer come from, read from what its run told. */
import { createContextCache } from '@pothos/core';
import { unknownRun } from '../../errors.ts';
import type { AnswerTokenAttribution, GenerationStep } from '../../explain/generation/event.ts';
import { ToPrompt } from '../../explain/generation/to-prompt.ts';
import type { RunRecord } from '../../runs/types.ts';
import { answerSizeOf } from '../answer-size.ts';
import type { Context } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { eventListsOf } from '../runs/event-lists.ts';
import type { AnswerScores, ExplainedAnswer, TokenFigures } from './generation-value.ts';

/** Events that are read at once. */
const pageSize = 200;
/** Bytes of a score in memory. */
const scoreBytes = 4;

const explainedIn = createContextCache(() => new Map<string, ExplainedAnswer>());

/** One for all of a request that show the same run, under however many aliases. @param length of the answer, in tokens */
export function explainedAnswer(run: RunRecord, length: number, context: Context): ExplainedAnswer {
  const explained = explainedIn(context);
  const known = explained.get(run.id);
  if (known) return known;
  const answer = {
    figures: once(() => readEach(run, length, context, ({ bias, intercept, audit }) => ({ bias, intercept, audit }))),
    scores: once(() => readScores(run, length, context)),
  } satisfies { figures: () => Promise<TokenFigures[]>; scores: () => Promise<AnswerScores> };
  explained.set(run.id, answer);
  return answer;
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | undefined;
  return () => {
    value ??= read();
    return value;
  };
}

async function readScores(run: RunRecord, length: number, context: Context): Promise<AnswerScores> {
  const promptLength = run.question.input.inputIds.length;
  // They are in memory until the request is answered, whatever is selected of them.
  answerSizeOf(context).expect(scoreBytes * length * (promptLength + length / 2));
  // Copies: an event holds more than its scores.
  const rows = await readEach(run, length, context, ({ tokens }) => tokens.slice());
  return { rows, toPrompt: new ToPrompt(rows, promptLength) };
}

/** @throws GraphQLError where the run is deleted meanwhile */
function readEach<Value>(
  run: RunRecord,
  length: number,
  context: Context,
  read: (token: AnswerTokenAttribution) => Value,
): Promise<Value[]> {
  return orGraphQLError(async () => {
    const values: Value[] = [];
    let found = 0;
    for (let after: number | undefined; ; ) {
      const events = await eventListsOf(context).read(context.runs, run, { limit: pageSize, after });
      for (const { step } of events) {
        if (step.type !== 'ATTRIBUTED') continue;
        const token = step as Extract<GenerationStep, { type: 'ATTRIBUTED' }>;
        values[token.index] = read(token);
        found++;
      }
      after = events.at(-1)?.seq;
      if (events.length < pageSize) break;
    }
    if (found < length) throw unknownRun(run.id);
    return values;
  });
}
