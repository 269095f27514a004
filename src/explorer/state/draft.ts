/** What stands in the prompt and beside it, before it is asked. */
import { computed, signal } from '@preact/signals';
import type { AttributionMethod, PromptInput, TargetKind, TokenInput } from '../../client/generated/graphql.ts';
import type { Question } from './question.ts';

/** A token as it was chosen: by its id, with its text to show; or by a text alone. */
export interface ChosenToken {
  readonly text: string;
  readonly tokenId?: number;
}

export const example = {
  prompt: 'When Mary and John went to the store, John gave a drink to',
  token: ' Mary',
  against: ' John',
} as const;

export const draft = {
  model: signal(''),
  text: signal(''),
  /** Of a stored run, until its text is changed: what was asked, whatever a tokenizer makes of the text. */
  tokenIds: signal<readonly number[] | undefined>(undefined),
  /** The position that predicts. Undefined: the last. */
  position: signal<number | undefined>(undefined),
  /** Undefined: the model's own top choice. */
  token: signal<ChosenToken | undefined>(undefined),
  against: signal<ChosenToken | undefined>(undefined),
  kind: signal<TargetKind>('LOGIT'),
  method: signal<AttributionMethod>('FROZEN'),
  /** Of INTEGRATED_GRADIENTS. */
  steps: signal<number | undefined>(undefined),
  /** Of OCCLUSION and INTEGRATED_GRADIENTS: a token that stands for nothing. */
  baseline: signal<ChosenToken | undefined>(undefined),
} as const;

export const draftPrompt = computed<PromptInput>(() =>
  draft.tokenIds.value ? { tokenIds: [...draft.tokenIds.value] } : { text: draft.text.value },
);

/** As it would be asked now. */
export const draftQuestion = computed<Question>(() => {
  const { model, position, token, against, kind, method, steps, baseline } = draft;
  const hasOptions = steps.value !== undefined || baseline.value !== undefined;
  return {
    model: model.value,
    prompt: draftPrompt.value,
    target: {
      kind: kind.value,
      ...(position.value !== undefined && { position: position.value }),
      ...(token.value && { token: tokenInput(token.value) }),
      ...(against.value && { against: tokenInput(against.value) }),
    },
    method: method.value,
    ...(hasOptions && {
      options: {
        ...(steps.value !== undefined && { steps: steps.value }),
        ...(baseline.value && { baseline: tokenInput(baseline.value) }),
      },
    }),
  };
});

/** Another text: what was chosen of the old one's tokens no longer holds. */
export function write(text: string): void {
  draft.text.value = text;
  draft.tokenIds.value = undefined;
  draft.position.value = undefined;
}

function tokenInput({ text, tokenId }: ChosenToken): TokenInput {
  return tokenId === undefined ? { text } : { tokenId };
}
