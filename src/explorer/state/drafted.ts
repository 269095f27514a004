/** What the server says of the draft as it is written: its tokens, and what the question would cost. */
import { computed, effect, signal } from '@preact/signals';
import {
  EstimateDocument,
  type EstimateInput,
  type EstimateQuery,
  TokenizeDocument,
  type TokenPartsFragment,
} from '../../client/generated/graphql.ts';
import { draft, draftQuestion } from './draft.ts';
import { latest } from './latest.ts';
import { modelNamed } from './models.ts';
import { type Problem, problemIn } from './problem.ts';
import type { Question } from './question.ts';
import { connected, server } from './server.ts';
import { explanation } from './workspace.ts';

export type Estimated = Extract<EstimateQuery['estimate'], { __typename: 'Estimate' }>;

/** Milliseconds without a further key. */
const tokenizeAfter = 80;
const estimateAfter = 300;

/** Seconds until it is asked again how long the queue is. */
const shortestWait = 2;
const longestWait = 10;

const tokenized = latest({
  question: () => {
    // What could not be asked without the server is asked when it is back.
    void connected.value;
    const [model, text, messages] = [draft.model.value, draft.text.value, draft.messages.value];
    if (draft.tokens.value || !model || !text) return undefined;
    return messages ? { model, messages: [...messages] } : { model, text };
  },
  ask: async (question, signal) => {
    const { model } = await server.request(TokenizeDocument, question, { signal });
    if (model?.__typename === 'Model' && model.tokenize) return model.tokenize;
    throw new Error(model?.error ?? `The server has no model '${question.model}' any more`);
  },
  delay: tokenizeAfter,
});

/** Those of the prompt; of an earlier text while it is `pending`. */
export const draftTokens = computed<{
  readonly tokens: readonly TokenPartsFragment[];
  readonly pending: boolean;
  readonly problem?: Problem | undefined;
}>(() => {
  if (draft.tokens.value) return { tokens: draft.tokens.value, pending: false };
  const { answer = [], pending, problem } = tokenized.state.value;
  return { tokens: answer, pending, problem };
});

const modelStatus = computed(() => modelNamed(draft.model.value)?.status);
const isUnderWay = computed(() => explanation.value?.attribution.phase.value === 'running');
/** How often the queue should have moved since. */
const moved = signal(0);

/** What `explain` would take. Asked anew as the model is loaded or let go, and as the queue moves. */
export const draftEstimate = latest({
  question: () => {
    void [modelStatus.value, isUnderWay.value, moved.value, connected.value];
    return draft.model.value && draft.text.value ? draftQuestion.value : undefined;
  },
  ask: estimate,
  delay: estimateAfter,
}).state;

effect(() => {
  const { answer } = draftEstimate.value;
  if (!answer || 'code' in answer || answer.queueTime === 0) return undefined;
  const seconds = Math.min(Math.max(answer.queueTime ?? 0, shortestWait), longestWait);
  const timer = setTimeout(() => moved.value++, seconds * 1000);
  return () => clearTimeout(timer);
});

/** Of the question with all that its run tells. */
export async function estimate(question: Question, signal?: AbortSignal): Promise<Estimated | Problem> {
  const input: EstimateInput = {
    logitAttribution: { input: question, selection: { provisional: true, lens: 5, totals: true } },
  };
  const { estimate: answer } = await server.request(EstimateDocument, { input }, { ...(signal && { signal }) });
  return answer.__typename === 'Estimate' ? answer : (problemIn(answer) as Problem);
}
