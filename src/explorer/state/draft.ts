/** What stands in the prompt and beside it, before it is asked. */
import { batch, computed, signal } from '@preact/signals';
import type {
  AttributionMethod,
  ChatMessageInput,
  PromptInput,
  RunRequestPartsFragment,
  TargetKind,
  TokenInput,
  TokenPartsFragment,
} from '../../client/generated/graphql.ts';
import { methodOf } from '../format/method.ts';
import type { Question } from './question.ts';

/** A token as it was chosen: by its id, with its text to show; or by a text alone. */
export interface ChosenToken {
  readonly text: string;
  readonly tokenId?: number;
  readonly special?: boolean;
}

export const example = {
  prompt: 'When Mary and John went to the store, John gave a drink to',
  token: ' Mary',
  against: ' John',
} as const;

export const draft = {
  model: signal(''),
  text: signal(''),
  /** Of a chat: then the text is what they say. */
  messages: signal<readonly ChatMessageInput[] | undefined>(undefined),
  /** Of a stored run, until its text is changed: what was asked, whatever a tokenizer makes of the text. */
  tokens: signal<readonly TokenPartsFragment[] | undefined>(undefined),
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

export const draftPrompt = computed<PromptInput>(() => {
  const { tokens, messages, text } = draft;
  if (tokens.value) return { tokenIds: tokens.value.map(({ tokenId }) => tokenId) };
  return messages.value ? { messages: [...messages.value] } : { text: text.value };
});

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
  batch(() => {
    draft.text.value = text;
    draft.messages.value = undefined;
    forgetTokens();
  });
}

/** Another chat. */
export function writeMessages(messages: readonly ChatMessageInput[]): void {
  batch(() => {
    write(messages.map(({ content }) => content).join('\n'));
    draft.messages.value = messages;
  });
}

function forgetTokens(): void {
  draft.tokens.value = undefined;
  draft.position.value = undefined;
}

/** These tokens, as they are. */
export function writeTokens(tokens: readonly TokenPartsFragment[]): void {
  batch(() => {
    write(textOf(tokens));
    draft.tokens.value = tokens;
  });
}

/** Another model, for the same text and the same target: its ids are other ones. */
export function chooseModel(name: string): void {
  if (name === draft.model.value) return;
  batch(() => {
    draft.model.value = name;
    forgetTokens();
    for (const chosen of [draft.token, draft.against, draft.baseline])
      if (chosen.value) chosen.value = { text: chosen.value.text };
  });
}

/** What a method does not take is let go. */
export function chooseMethod(method: AttributionMethod): void {
  batch(() => {
    draft.method.value = method;
    if (!takes(method, 'steps')) draft.steps.value = undefined;
    if (!takes(method, 'baseline')) draft.baseline.value = undefined;
  });
}

export function takes(method: AttributionMethod, option: 'steps' | 'baseline'): boolean {
  return method === 'INTEGRATED_GRADIENTS' || (method === 'OCCLUSION' && option === 'baseline');
}

/** The question that a run was asked, to be read and changed. */
export function draftFrom({ modelName, input }: AskedRun): void {
  const { prompt, target } = input;
  const [method, options] =
    input.__typename === 'LogitAttributionRequest' ? [input.method, input.options] : (['FROZEN', null] as const);
  batch(() => {
    draft.model.value = modelName;
    draft.text.value = prompt.text ?? textOf(prompt.tokens);
    draft.messages.value = prompt.messages?.map(({ role, content }) => ({ role, content: content ?? '' }));
    draft.tokens.value = prompt.tokens;
    chooseTarget(target, prompt.tokens.length);
    draft.method.value = method;
    draft.steps.value = options?.steps ?? undefined;
    draft.baseline.value = options?.baseline ?? undefined;
  });
}

/** The question of an explanation that has begun, where another one stood. A baseline stays as it was chosen. */
export function draftAsked(question: Question, { tokens, requested }: Begun): void {
  const { model, prompt, options } = question;
  batch(() => {
    draft.model.value = model;
    writeTokens(tokens);
    if (prompt.text) draft.text.value = prompt.text;
    chooseTarget(requested, tokens.length);
    draft.steps.value = options?.steps ?? undefined;
    chooseMethod(methodOf(question));
  });
}

/** As a run tells it when it begins. */
interface Begun {
  readonly tokens: readonly TokenPartsFragment[];
  readonly requested: AskedTarget;
}

type AskedTarget = Pick<RunRequestPartsFragment['target'], 'position' | 'token' | 'against' | 'kind'>;

function chooseTarget({ position, token, against, kind }: AskedTarget, length: number): void {
  draft.position.value = position === length - 1 ? undefined : position;
  draft.token.value = token ?? undefined;
  draft.against.value = against ?? undefined;
  draft.kind.value = kind;
}

export interface AskedRun {
  readonly modelName: string;
  readonly input: RunRequestPartsFragment;
}

function textOf(tokens: readonly TokenPartsFragment[]): string {
  return tokens
    .filter(({ special }) => !special)
    .map(({ text }) => text)
    .join('');
}

function tokenInput({ text, tokenId }: ChosenToken): TokenInput {
  return tokenId === undefined ? { text } : { tokenId };
}
