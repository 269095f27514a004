/** What is explained and whether it adds up, in GraphQL: attributions and circulations both end with them. */

import type { AttributionResult, AuditResult } from '../../explain/attribution/result.ts';
import type { TargetResult } from '../../inference/target.ts';
import { builder } from '../builder.ts';
import { TargetKind, Token, type TokenReader } from '../models/token.ts';
import { TargetSpan } from './span-type.ts';

export interface AuditValue extends AuditResult {
  /** What is added to the parts; 0 where everything is a part. */
  readonly constant: number;
  /** Of a circulation. */
  readonly deviation?: number | undefined;
}

/** The audit of an attribution, whose bias and intercept are no parts. */
export function auditOf({
  audit,
  bias,
  intercept = 0,
}: Pick<AttributionResult, 'audit' | 'bias'> & { readonly intercept?: number | undefined }): AuditValue {
  return { ...audit, constant: bias + intercept };
}

export const Audit = builder.objectRef<AuditValue>('Audit').implement({
  description: 'Does it add up? Every answer says so.',
  fields: (t) => ({
    logit: t.exposeFloat('logit', {
      description:
        'What is explained: the logit before a softcap (`Target.cappedLogit` is the one after it), for a contrast the difference of two, for a span the sum over its tokens; with another `TargetKind` the log-probability or probability.',
    }),
    parts: t.float({
      description:
        'What the parts come to: all tokens, those of a continuation that a span is contrasted with too; in a circulation also the biases.',
      resolve: ({ sum, constant }) => sum - constant,
    }),
    constant: t.exposeFloat('constant', {
      description:
        'What belongs to no part: in an attribution its `bias` and `intercept`; 0 in a circulation, where biases are a part.',
    }),
    sum: t.exposeFloat('sum', { description: 'Parts and constant together.' }),
    gap: t.exposeFloat('gap', { description: 'logit − sum.' }),
    relativeGap: t.exposeFloat('relativeGap', {
      description:
        '|gap| over the largest of |logit|, the largest |part| and, where those are all but nothing, a sixteenth of what the logit is a sum of: the products of its direction with the last residual stream, without their signs.',
    }),
    deviation: t.float({
      nullable: true,
      description:
        'Of a circulation: what its tokens leave of the residual stream, sent through the frozen map by itself, against what they leave after the block. The largest distance, over the norms of the two at that position, of every block at the position of the target and a few others; more than 1e-5 does not pass. Null for an attribution.',
      resolve: ({ deviation }) => deviation ?? null,
    }),
    tolerance: t.exposeFloat('tolerance', { description: 'What rounding in float32 may leave as relative gap.' }),
    passed: t.exposeBoolean('passed', {
      description:
        'Whether the relative gap is within the tolerance, and the deviation small. An answer that does not add up is given all the same, and says so here. FROZEN must pass, INTEGRATED_GRADIENTS with enough steps; the other methods do not claim to add up: there the gap is part of the finding.',
    }),
  }),
});

export interface TargetValue {
  readonly target: TargetResult;
  readonly tokens: TokenReader;
}

export const Target = builder.objectRef<TargetValue>('Target').implement({
  description: 'What is explained, and what the model says of it.',
  fields: (t) => ({
    position: t.int({
      description: 'The position that predicts; of a span, as all figures here, that of its last token.',
      resolve: ({ target }) => target.position,
    }),
    token: t.field({
      type: Token,
      description: 'The predicted token.',
      resolve: ({ target, tokens }) => ({ ...tokens(target.token), position: target.position }),
    }),
    against: t.field({
      type: Token,
      nullable: true,
      description: 'The token it is contrasted with; null where there is no contrast.',
      resolve: ({ target, tokens }) =>
        target.against === null ? null : { ...tokens(target.against), position: target.position },
    }),
    kind: t.field({
      type: TargetKind,
      description: 'What of the target is explained.',
      resolve: ({ target }) => target.kind ?? 'LOGIT',
    }),
    linearised: t.boolean({
      description:
        'Whether what is explained is no logit and was linearised at this prompt: its parts then tell the effect of small changes.',
      resolve: ({ target }) => target.kind !== undefined,
    }),
    logit: t.float({ description: "The token's logit, before a softcap.", resolve: ({ target }) => target.logit }),
    cappedLogit: t.float({
      description: 'The logit after the softcap of models that have one; otherwise the same.',
      resolve: ({ target }) => target.cappedLogit,
    }),
    logProbability: t.float({
      description: 'Natural logarithm of the probability.',
      resolve: ({ target }) => target.logProbability,
    }),
    probability: t.float({ description: 'Softmax of all logits.', resolve: ({ target }) => target.probability }),
    rank: t.int({ description: "1 for the model's top choice.", resolve: ({ target }) => target.rank }),
    span: t.field({
      type: TargetSpan,
      nullable: true,
      description: 'The tokens that are explained together; null where the target is one token.',
      resolve: ({ target: { span }, tokens }) => (span ? { span, tokens } : null),
    }),
  }),
});
