/** What a client sends, as the ids and positions that a model works with. */

import { messagesIn } from '../../checkpoint/chat/tokens.ts';
import type { Snapshot } from '../../checkpoint/fingerprint.ts';
import type { ChatMessage, PromptTokens } from '../../checkpoint/messages.ts';
import type { Tokenizer, TokenText } from '../../checkpoint/tokenizer.ts';
import { inputError, TributaryError } from '../../errors.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { uniform } from '../../seeded.ts';

/** Exactly one of them. */
export interface PromptInput {
  readonly text?: string | null | undefined;
  readonly tokenIds?: readonly number[] | null | undefined;
  readonly messages?: readonly ChatMessage[] | null | undefined;
  readonly randomTokens?: { readonly length: number; readonly seed: number } | null | undefined;
}

/** Exactly one of the two. */
export interface TokenInput {
  readonly tokenId?: number | null | undefined;
  readonly text?: string | null | undefined;
}

/** Where a token is predicted. */
export interface Predicted {
  readonly model: Snapshot;
  readonly inputIds: readonly number[];
  readonly position: number;
}

/** What the TARGET error of a text that is not one token carries. */
export interface Candidates {
  /** Tokens of the model's vocabulary, each once. */
  readonly candidates: readonly TokenText[];
  /** Absent for a token that is not predicted, such as a baseline. */
  readonly predicted: Predicted | undefined;
}

/** The most messages of a chat, and the longest role of one. */
export const most = { messages: 1024, role: 64 };

/** The most tokens that are proposed for a text. */
export const mostCandidates = 64;

/** @throws TributaryError PROMPT for a prompt that is empty, too long, or has ids outside of the vocabulary; as `promptOf` */
export function promptIds(model: CatalogueModel, prompt: PromptInput): readonly number[] {
  return promptOf(model, prompt).inputIds;
}

/** @throws TributaryError PROMPT as `promptIds`, and for messages that the checkpoint has no chat template for, or one that fails */
export function promptOf(model: CatalogueModel, { text, tokenIds, messages, randomTokens }: PromptInput): PromptTokens {
  if (messages) return chatOf(model, messages);
  if (randomTokens) return { inputIds: drawn(model, randomTokens) };
  return { inputIds: inVocabulary(model, tokenIds ? [...tokenIds] : readText(model, text ?? '')) };
}

/** @throws TributaryError PROMPT for none, or more than the model reads */
function drawn(
  { specification: { vocabularySize, contextLength } }: CatalogueModel,
  { length, seed }: NonNullable<PromptInput['randomTokens']>,
): number[] {
  if (length < 1 || length > contextLength)
    throw new TributaryError(
      'PROMPT',
      `${length} random tokens are asked for; a prompt of this model has 1 to ${contextLength}`,
    );
  return Array.from({ length }, (_, index) => Math.floor(uniform(seed, index) * vocabularySize));
}

/** @throws TributaryError PROMPT as `promptOf` */
function chatOf(model: CatalogueModel, messages: readonly ChatMessage[]): PromptTokens {
  const { tokenizer, chatTemplate } = model.checkpoint;
  if (!chatTemplate)
    throw new TributaryError(
      'PROMPT',
      `${model.name} has no chat template, so messages cannot be written for it; give its prompt as \`text\` or \`tokenIds\``,
    );
  if (messages.length > most.messages)
    throw new TributaryError('PROMPT', `The prompt has ${messages.length} messages; at most ${most.messages} are read`);
  const longRole = messages.findIndex(({ role }) => role.length > most.role);
  if (longRole !== -1)
    throw new TributaryError(
      'PROMPT',
      `The role of message ${longRole} has ${messages[longRole]?.role.length} characters; it has at most ${most.role}`,
    );
  requireReadable(
    model,
    messages.reduce((sum, { content }) => sum + content.length, 0),
  );
  const written = chatTemplate.write(messages);
  requireReadable(model, written.text.length);
  const tokens = tokenizer.place(written.text);
  const inputIds = inVocabulary(
    model,
    tokens.map(({ id }) => id),
  );
  return { inputIds, messages: messagesIn(messages, written, tokens) };
}

function readText(model: CatalogueModel, text: string): number[] {
  requireReadable(model, text.length);
  return model.checkpoint.tokenizer.encode(text);
}

/** Splitting hundreds of thousands of characters would block the server for seconds, to no end. */
function requireReadable({ checkpoint: { tokenizer }, specification }: CatalogueModel, length: number): void {
  const { contextLength } = specification;
  if (length <= contextLength * tokenizer.longestToken) return;
  throw new TributaryError(
    'PROMPT',
    `The prompt has ${length} characters, which are ${leastTokens(tokenizer, length)} tokens or more; this model reads at most ${contextLength}`,
  );
}

function inVocabulary({ specification }: CatalogueModel, ids: number[]): number[] {
  const { vocabularySize, contextLength } = specification;
  if (ids.length === 0) throw new TributaryError('PROMPT', 'The prompt is empty; it takes at least one token');
  if (ids.length > contextLength) {
    throw new TributaryError(
      'PROMPT',
      `The prompt has ${ids.length} tokens; this model reads at most ${contextLength}`,
    );
  }
  const outside = ids.findIndex((id) => !isToken(id, vocabularySize));
  if (outside !== -1) {
    throw new TributaryError(
      'PROMPT',
      `The prompt's token id ${ids[outside]} at position ${outside} is outside of the vocabulary; ids go from 0 to ${vocabularySize - 1}`,
    );
  }
  return ids;
}

/** @throws TributaryError TARGET for a position outside of the prompt */
export function targetPosition(length: number, position: number | null | undefined): number {
  const absolute = absolutePosition(position ?? -1, length);
  if (absolute === undefined) throw new TributaryError('TARGET', `The target's position ${outside(position, length)}`);
  return absolute;
}

/** @throws TributaryError INPUT for a position outside of the prompt */
export function inputPosition(field: string, position: number, length: number): number {
  const absolute = absolutePosition(position, length);
  if (absolute === undefined) throw inputError(field, `The position ${outside(position, length)}`);
  return absolute;
}

/** Negative positions count from the end. @returns undefined for one outside of the prompt */
export function absolutePosition(position: number, length: number): number | undefined {
  const absolute = position < 0 ? length + position : position;
  return absolute >= 0 && absolute < length ? absolute : undefined;
}

export function outside(position: number | null | undefined, length: number): string {
  return `${position} is outside of the prompt; it has ${length} tokens: 0 to ${length - 1}, or −${length} to −1`;
}

/**
 * @param role what the token is for
 * @param predicted where the token is predicted, for the figures of candidates
 * @throws TributaryError TARGET
 */
export function tokenId(model: CatalogueModel, token: TokenInput, role = 'target', predicted?: Predicted): number {
  const { vocabularySize } = model.specification;
  // A text is checked too: a tokenizer may know tokens that the model has no embedding for.
  const id = typeof token.text === 'string' ? singleToken(model, token.text, role, predicted) : (token.tokenId ?? -1);
  if (isToken(id, vocabularySize)) return id;
  throw new TributaryError(
    'TARGET',
    `The token id ${id} is outside of the vocabulary; ids go from 0 to ${vocabularySize - 1}`,
  );
}

function singleToken(model: CatalogueModel, text: string, role: string, predicted: Predicted | undefined): number {
  const { tokenizer } = model.checkpoint;
  const id = text.length > longestText(model) ? undefined : tokenizer.single(text);
  if (id !== undefined) return id;
  const { pieces, singles } = meanings(model, text, role);
  const fault = `is ${pieces.length} tokens for this model, ${quoted(pieces)}`;
  const help = singles.length > 0 ? `these are one token: ${quoted(singles)}` : 'name one of them, or a token id';
  const proposed = [...singles, ...pieces.filter(inVocabularyOf(model))];
  const candidates = new Map(proposed.map((token) => [token.id, token]));
  const details: Candidates = { candidates: [...candidates.values()].slice(0, mostCandidates), predicted };
  const message = `The ${role} text ${JSON.stringify(text)} ${fault}; a ${role} is one token: ${help}`;
  throw new TributaryError('TARGET', message, { ...details });
}

/**
 * The single tokens of the model that a text may mean, and its own tokens.
 * @throws TributaryError TARGET for a text that is empty or far too long
 */
export function meanings(
  model: CatalogueModel,
  text: string,
  role = 'target',
): { readonly singles: TokenText[]; readonly pieces: TokenText[] } {
  const { tokenizer } = model.checkpoint;
  const wanted = `a ${role} is one token`;
  if (text === '') throw new TributaryError('TARGET', `The ${role} text is empty; ${wanted}`);
  if (text.length > longestText(model)) {
    const longest = `and the longest of this model has ${tokenizer.longestToken}`;
    throw new TributaryError(
      'TARGET',
      `The ${role} text has ${text.length} characters, which are ${leastTokens(tokenizer, text.length)} tokens or more; ${wanted}, ${longest}`,
    );
  }
  const { singles, pieces } = tokenizer.candidates(text);
  return { singles: singles.filter(inVocabularyOf(model)), pieces };
}

/** A tokenizer may know tokens that the model has no embedding for. */
function inVocabularyOf({ specification: { vocabularySize } }: CatalogueModel): (token: TokenText) => boolean {
  return ({ id }) => isToken(id, vocabularySize);
}

/** Characters of a text that is worth splitting: hundreds of thousands would block the server, to no end. */
function longestText({ checkpoint: { tokenizer } }: CatalogueModel): number {
  return mostCandidates * tokenizer.longestToken;
}

/** What a text that is not split comes to at the least. */
function leastTokens({ longestToken }: Tokenizer, length: number): number {
  return Math.ceil(length / longestToken);
}

function quoted(tokens: readonly TokenText[]): string {
  const shown = tokens.slice(0, mostCandidates).map(({ text }) => JSON.stringify(text));
  return [...shown, ...(tokens.length > mostCandidates ? ['…'] : [])].join(', ');
}

function isToken(id: number, vocabularySize: number): boolean {
  return Number.isInteger(id) && id >= 0 && id < vocabularySize;
}

export function describe({ checkpoint }: CatalogueModel, id: number): string {
  return JSON.stringify(checkpoint.tokenizer.token(id).text);
}
