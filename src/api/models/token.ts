/** Tokens as clients see them, and the inputs that name tokens. */

import { type PromptTokens, roleAt } from '../../checkpoint/messages.ts';
import type { TokenText } from '../../checkpoint/tokenizer.ts';
import type { targetKinds } from '../../inference/target.ts';
import { builder } from '../builder.ts';
import { most } from './prompt.ts';

export interface TokenValue extends TokenText {
  /** Null for a token that stands in no prompt. */
  readonly position?: number | undefined;
  /** Of the message that it belongs to. */
  readonly role?: string | undefined;
}

/** Reads a token id as text; every model has one, and one that is gone leaves `<id>`. */
export type TokenReader = (id: number) => TokenText;

/** A token of a prompt, in its place. */
export function tokenAt(prompt: PromptTokens, position: number, read: TokenReader): TokenValue {
  return { ...read(prompt.inputIds[position] ?? -1), position, role: roleAt(prompt, position) };
}

export function tokensIn(prompt: PromptTokens, read: TokenReader): TokenValue[] {
  return prompt.inputIds.map((_, position) => tokenAt(prompt, position, read));
}

export const unknownTokens: TokenReader = (id) => ({ id, text: `<${id}>`, special: false });

export const Token = builder.objectRef<TokenValue>('Token').implement({
  description: 'One token of a vocabulary, where it has one with its place in the prompt.',
  fields: (t) => ({
    position: t.int({
      description:
        'Its place in the prompt, from 0. For a token that the model predicts, the position it is predicted at; −1 for one that is in no prompt.',
      resolve: ({ position }) => position ?? -1,
    }),
    tokenId: t.exposeInt('id', { description: 'Its number in the vocabulary.' }),
    text: t.exposeString('text', { description: 'As decoded, spaces and all.' }),
    special: t.exposeBoolean('special', {
      description: 'Whether it is a mark, such as the beginning of a sequence, rather than text.',
    }),
    role: t.string({
      nullable: true,
      description:
        'Of a prompt of messages, the role of the one whose content it is part of; null for what the chat template writes around them, for any other token, and where a tokenizer does not tell.',
      resolve: ({ role }) => role ?? null,
    }),
  }),
});

export const ChatMessageInput = builder.inputType('ChatMessageInput', {
  description: 'A message of a chat.',
  fields: (t) => ({
    role: t.string({
      required: true,
      description: `Who speaks, as the model's chat template knows it: mostly \`system\`, \`user\` or \`assistant\`. At most ${most.role} characters.`,
    }),
    content: t.string({ required: true, description: 'What is said.' }),
  }),
});

/** What is true of messages wherever they are given. */
export const messagesDescription = `Messages of a chat, which the checkpoint's own chat template writes out, as transformers' \`apply_chat_template\` does: 1 to ${most.messages}. It goes as far as the beginning of the assistant's answer; where the last message is the assistant's own, the model goes on with that.`;

const RandomTokensInput = builder.inputType('RandomTokensInput', {
  description:
    'Tokens drawn from the whole vocabulary, each as likely as any other: a prompt without a meaning, to compare others with. The same for the same seed.',
  fields: (t) => ({
    length: t.int({ required: true, description: 'How many; 1 to as many as the model reads.' }),
    seed: t.int({ required: true, defaultValue: 0, description: 'Another one draws others.' }),
  }),
});

export const PromptInput = builder.inputType('PromptInput', {
  description: 'What the model reads. Exactly one of the four.',
  isOneOf: true,
  fields: (t) => ({
    text: t.string({
      description: "Text, which the model's own tokenizer splits; special tokens are added where it says so.",
    }),
    tokenIds: t.intList({ description: 'Token ids, taken as they are.' }),
    messages: t.field({ type: [ChatMessageInput], description: messagesDescription }),
    randomTokens: t.field({ type: RandomTokensInput, description: 'Tokens that are drawn.' }),
  }),
});

export const TokenInput = builder.inputType('TokenInput', {
  description: 'A token of the vocabulary. Exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    tokenId: t.int({ description: 'Its number in the vocabulary.' }),
    text: t.string({
      description: 'Its text, spaces and all: " Mary" is another token than "Mary". It must be a single token.',
    }),
  }),
});

export const TargetKind = builder.enumType('TargetKind', {
  description: 'What of a target is explained.',
  values: {
    LOGIT: { description: 'Its logit, before a softcap. Exact: logits are linear in what the frozen map writes.' },
    LOG_PROBABILITY: {
      description:
        'The logarithm of its probability, linearised at the logits of this prompt: parts say how it would change with small changes of theirs, and what that leaves is `intercept`.',
    },
    PROBABILITY: { description: 'Its probability, linearised in the same way.' },
  } satisfies Record<(typeof targetKinds)[number], object>,
});

export const ContinuationInput = builder.inputType('ContinuationInput', {
  description: 'Tokens that could stand in the place of others. Exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    text: t.string({
      description: "Text, spaces and all, which the model's own tokenizer splits; no special tokens are added.",
    }),
    tokenIds: t.intList({ description: 'Token ids, taken as they are.' }),
  }),
});

export const SpanInput = builder.inputType('SpanInput', {
  description:
    'Tokens of the prompt that follow one another, each predicted at the position before it. Negative positions count from the end.',
  fields: (t) => ({
    from: t.int({ required: true, description: 'The position of the first token, 1 at the least.' }),
    to: t.int({ description: 'The position before which it ends. Default: the end of the prompt.' }),
    against: t.field({
      type: ContinuationInput,
      description:
        'Another continuation of what stands before the span: why these tokens rather than those? The difference of the two sums is explained, at the price of both sequences; it knows tokens alone, no finer parts.',
    }),
  }),
});

export const TargetInput = builder.inputType('TargetInput', {
  description:
    "What is explained: a token's logit or probability at a position, the difference of two tokens' logits or probabilities, or the sum over the tokens of a span.",
  fields: (t) => ({
    position: t.int({ description: 'The position that predicts; negative counts from the end. Default: the last.' }),
    token: t.field({ type: TokenInput, description: "Default: the model's own top choice." }),
    against: t.field({ type: TokenInput, description: 'Makes it a contrast: why `token` rather than this one.' }),
    kind: t.field({ type: TargetKind, required: true, defaultValue: 'LOGIT', description: 'What of it.' }),
    span: t.field({
      type: SpanInput,
      description:
        "Instead of the others but `kind`: several tokens of the prompt, the sum of whose logits or (log-)probabilities is explained. Its scores are the sums of its tokens', at the price of little more than one.",
    }),
  }),
});
