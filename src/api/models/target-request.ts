/** The target that a client sends, as the model is asked about it. */
import { TributaryError } from '../../errors.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { SpanRequest, TargetKind, TargetRequest } from '../../inference/target.ts';
import { absolutePosition, describe, outside, type TokenInput, targetPosition, tokenId } from './prompt.ts';

/** Tokens of the prompt that follow one another, `to` behind the last of them; negative ones count from the end. */
export interface SpanInput {
  readonly from: number;
  readonly to?: number | null | undefined;
  readonly against?: ContinuationInput | null | undefined;
}

/** Exactly one of the two. */
export interface ContinuationInput {
  readonly text?: string | null | undefined;
  readonly tokenIds?: readonly number[] | null | undefined;
}

export interface TargetInput {
  readonly position?: number | null | undefined;
  readonly token?: TokenInput | null | undefined;
  readonly against?: TokenInput | null | undefined;
  readonly kind?: TargetKind | undefined;
  /** Instead of `position`, `token` and `against`. */
  readonly span?: SpanInput | null | undefined;
}

/** @throws TributaryError TARGET for a position or a span outside of the prompt, or a token that the model does not have */
export function targetRequest(
  model: CatalogueModel,
  inputIds: readonly number[],
  target: TargetInput | null | undefined,
): TargetRequest {
  const kind = target?.kind ?? 'LOGIT';
  // Left out for a logit, so that a question without a kind is the same one.
  const ofKind = kind !== 'LOGIT' && { kind };
  if (target?.span) {
    const span = spanRequest(model, inputIds, target, target.span);
    const { from, tokens } = span;
    return { position: from + tokens.length - 2, token: tokens.at(-1) ?? null, against: null, ...ofKind, span };
  }
  const position = targetPosition(inputIds.length, target?.position);
  const predicted = { model: model.checkpoint, inputIds, position };
  const token = target?.token ? tokenId(model, target.token, 'target', predicted) : null;
  const against = target?.against ? tokenId(model, target.against, 'target', predicted) : null;
  if (token !== null && token === against) {
    throw new TributaryError(
      'TARGET',
      `The target token and the one it is contrasted with are the same, ${describe(model, token)}`,
    );
  }
  return { position, token, against, ...ofKind };
}

function spanRequest(
  model: CatalogueModel,
  inputIds: readonly number[],
  target: TargetInput,
  { from: first, to: end, against }: SpanInput,
): SpanRequest {
  for (const name of ['position', 'token', 'against'] as const)
    if (target[name] !== undefined && target[name] !== null)
      throw new TributaryError(
        'TARGET',
        `A target is a span or one token: leave \`${name}\` out, or \`span\`; the tokens of a span are those of the prompt`,
      );
  const from = spanEnd('from', first, inputIds.length);
  const to = spanEnd('to', end ?? inputIds.length, inputIds.length);
  if (from === 0)
    throw new TributaryError(
      'TARGET',
      'The span begins with the first token of the prompt, which nothing predicts; `from` is 1 at the least',
    );
  if (to <= from)
    throw new TributaryError(
      'TARGET',
      `The span from ${from} to ${to} is empty; \`to\` is the position before which it ends, ${from + 1} at the least`,
    );
  const tokens = inputIds.slice(from, to);
  return { from, tokens, ...(against && { against: continuation(model, from, tokens, against) }) };
}

/** What takes the place of the span. @param from where it begins */
function continuation(
  model: CatalogueModel,
  from: number,
  tokens: readonly number[],
  { text, tokenIds }: ContinuationInput,
): number[] {
  const { contextLength, vocabularySize } = model.specification;
  const ids = tokenIds ? [...tokenIds] : continuationIds(model, text ?? '');
  const wrong = (fault: string) => new TributaryError('TARGET', `The other continuation ${fault}`);
  if (ids.length === 0) throw wrong('is empty; it takes at least one token');
  if (from + ids.length > contextLength)
    throw wrong(
      `has ${ids.length} tokens, ${from + ids.length} with what stands before it; this model reads at most ${contextLength}`,
    );
  const outsider = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabularySize));
  if (outsider !== undefined)
    throw wrong(`has the token id ${outsider}, outside of the vocabulary; ids go from 0 to ${vocabularySize - 1}`);
  if (ids.length === tokens.length && ids.every((id, index) => id === tokens[index]))
    throw wrong('is the span itself; name another one');
  return ids;
}

/** Without special tokens, and without the space that some tokenizers add before every text. */
function continuationIds({ checkpoint: { tokenizer }, specification }: CatalogueModel, text: string): number[] {
  if (text.length > specification.contextLength * tokenizer.longestToken)
    throw new TributaryError(
      'TARGET',
      `The other continuation has ${text.length} characters, more than ${specification.contextLength} tokens can be`,
    );
  const read = [text, text.replace(/^ /, '')].map((one) => (one === '' ? [] : tokenizer.candidates(one).pieces));
  const exact = read.find((pieces) => pieces.map((piece) => piece.text).join('') === text);
  return (exact ?? read[0] ?? []).map(({ id }) => id);
}

function spanEnd(name: 'from' | 'to', position: number, length: number): number {
  // It may end where the prompt does.
  const absolute = name === 'to' && position === length ? length : absolutePosition(position, length);
  if (absolute === undefined)
    throw new TributaryError(
      'TARGET',
      `The span's \`${name}\` ${name === 'to' ? beyond(position, length) : outside(position, length)}`,
    );
  return absolute;
}

function beyond(end: number, length: number): string {
  return `${end} is outside of the prompt; it has ${length} tokens: 1 to ${length}, or −${length - 1} to −1`;
}
