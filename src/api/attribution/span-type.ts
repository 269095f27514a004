/** Several tokens as one target, in GraphQL. */
import type { SpanAgainstResult, SpanTokenResult, TargetResult } from '../../inference/target.ts';
import { builder } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { Token, type TokenReader } from '../models/token.ts';

interface SpanTokenValue {
  readonly token: SpanTokenResult;
  /** Its place in the prompt. */
  readonly position: number;
  readonly tokens: TokenReader;
}

const SpanToken = builder.objectRef<SpanTokenValue>('SpanToken').implement({
  description: 'A token of a span, and what the model says of it at the position before it.',
  fields: (t) => ({
    token: t.field({
      type: Token,
      description: 'The token, with its place in the prompt; it is predicted at the position before.',
      resolve: ({ token: { token }, position, tokens }) => ({ ...tokens(token), position }),
    }),
    value: t.float({
      description:
        'What is explained of it: its logit, log-probability or probability, as the `kind` of the target says.',
      resolve: ({ token }) => token.value,
    }),
    logit: t.float({ description: 'Its logit, before a softcap.', resolve: ({ token }) => token.logit }),
    cappedLogit: t.float({
      description: 'The logit after the softcap of models that have one; otherwise the same.',
      resolve: ({ token }) => token.cappedLogit,
    }),
    logProbability: t.float({
      description: 'Natural logarithm of the probability.',
      resolve: ({ token }) => token.logProbability,
    }),
    probability: t.float({ description: 'Softmax of all logits.', resolve: ({ token }) => token.probability }),
    rank: t.int({ description: "1 for the model's top choice.", resolve: ({ token }) => token.rank }),
  }),
});

export interface TargetSpanValue {
  readonly span: NonNullable<TargetResult['span']>;
  readonly tokens: TokenReader;
}

interface SpanAgainstValue {
  readonly against: SpanAgainstResult;
  readonly from: number;
  readonly tokens: TokenReader;
}

const SpanAgainst = builder.objectRef<SpanAgainstValue>('SpanAgainst').implement({
  description: 'Another continuation that a span is contrasted with.',
  fields: (t) => ({
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [SpanToken],
      description: 'Its tokens, in order, with what the model says of each where it stands in the place of the span.',
      resolve: ({ against, from, tokens }) =>
        against.tokens.map((token, index) => ({ token, position: from + index, tokens })),
    }),
    scores: t.floatList({
      ...extent(({ length }) => length),
      description:
        'The share of the difference that each of them has: a part beside `LogitAttribution.tokens`. What speaks for this continuation is negative.',
      resolve: ({ against }) => Array.from(against.scores),
    }),
    value: t.float({
      description: 'The sum over its tokens, which is taken from that of the span.',
      resolve: ({ against }) => totalOf(against.tokens),
    }),
  }),
});

function totalOf(tokens: readonly SpanTokenResult[]): number {
  return tokens.reduce((sum, { value }) => sum + value, 0);
}

export const TargetSpan = builder.objectRef<TargetSpanValue>('TargetSpan').implement({
  description: 'Several tokens of the prompt that are explained together.',
  fields: (t) => ({
    from: t.int({ description: 'The place of its first token in the prompt.', resolve: ({ span }) => span.from }),
    to: t.int({
      description: 'The place of its last token.',
      resolve: ({ span }) => span.from + span.tokens.length - 1,
    }),
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [SpanToken],
      description: 'Its tokens, in order, with what the model says of each.',
      resolve: ({ span, tokens }) =>
        span.tokens.map((token, index) => ({ token, position: span.from + index, tokens })),
    }),
    value: t.float({
      description: 'The sum over its tokens: what is explained, where there is nothing `against` it.',
      resolve: ({ span }) => totalOf(span.tokens),
    }),
    against: t.field({
      type: SpanAgainst,
      nullable: true,
      description: 'The other continuation; null where there is no contrast.',
      resolve: ({ span: { against, from }, tokens }) => (against ? { against, from, tokens } : null),
    }),
  }),
});
