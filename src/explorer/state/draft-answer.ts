/** How an answer to what stands in the prompt is to be written, before it is asked. */
import { batch, computed, signal } from '@preact/signals';
import type { AttributionMethod, GenerationInput, TargetKind } from '../../client/generated/graphql.ts';
import type { AnswerQuestion, GenerationRequest } from './answer.ts';
import { draft, draftPrompt } from './draft.ts';

/** Figures are as they were typed: undefined where nothing was. */
export const answerDraft = {
  maxTokens: signal<number | undefined>(24),
  /** Drawn at random; otherwise the likeliest token each time. */
  sampled: signal(false),
  temperature: signal<number | undefined>(1),
  topK: signal<number | undefined>(undefined),
  topP: signal<number | undefined>(1),
  seed: signal<number | undefined>(0),
  /** One a line. */
  stopTexts: signal(''),
  endOfText: signal(true),
  explained: signal(true),
  /** What of each token is explained. */
  kind: signal<TargetKind>('LOGIT'),
  method: signal<AttributionMethod>('FROZEN'),
} as const;

/** As it would be asked now. What was left empty is for the server to say. */
export const draftAnswer = computed<AnswerQuestion>(() => {
  const { maxTokens, sampled, stopTexts, endOfText, explained, kind, method, ...sampling } = answerDraft;
  const texts = stopTexts.value.split('\n').filter(Boolean);
  return {
    input: {
      model: draft.model.value,
      prompt: draftPrompt.value,
      ...given({ maxTokens }),
      ...(sampled.value && { sampling: given(sampling) }),
      stop: { ...(texts.length > 0 && { texts }), endOfText: endOfText.value },
      ...(explained.value && { attribution: { kind: kind.value, method: method.value } }),
    },
    explained: explained.value,
  };
});

function given<Name extends string>(figures: Record<Name, { readonly value: number | undefined }>) {
  const entries = Object.entries(figures) as [Name, { readonly value: number | undefined }][];
  return Object.fromEntries(
    entries.flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value] as const])),
  ) as Partial<Record<Name, number>> & Pick<GenerationInput, never>;
}

/** How a stored answer was asked for. What the checkpoint ends an answer by is among its stop tokens. */
export function draftAnswerFrom({ maxTokens, sampling, stopTexts, stopTokens, attribution }: GenerationRequest): void {
  batch(() => {
    answerDraft.maxTokens.value = maxTokens;
    answerDraft.sampled.value = sampling !== null;
    if (sampling)
      for (const name of ['temperature', 'topK', 'topP', 'seed'] as const)
        answerDraft[name].value = sampling[name] ?? undefined;
    answerDraft.stopTexts.value = stopTexts.join('\n');
    answerDraft.endOfText.value = stopTokens.length > 0;
    answerDraft.explained.value = attribution !== null;
    if (!attribution) return;
    answerDraft.kind.value = attribution.kind;
    answerDraft.method.value = attribution.method;
  });
}
