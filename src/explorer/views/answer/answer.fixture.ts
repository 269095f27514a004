/** For tests: tokens of a prompt and an answer, with the figures that matter to them. */
import type { AuditPartsFragment, TokenPartsFragment } from '../../../client/generated/graphql.ts';
import type { TokenGenerated } from '../../state/answer.ts';

export function token(position: number, text: string, special = false): TokenPartsFragment {
  return { position, tokenId: 100 + position, text, special };
}

export function generated(position: number, text: string, figures: Partial<TokenGenerated> = {}): TokenGenerated {
  return {
    __typename: 'TokenGenerated',
    seq: 0,
    at: '',
    run: { id: 'run' },
    index: 0,
    token: token(position, text),
    text,
    logit: 3,
    probability: 0.5,
    logProbability: Math.log(0.5),
    rank: 1,
    entropy: 1,
    alternatives: [],
    elapsed: 10,
    ...figures,
  };
}

export function audit(figures: Partial<AuditPartsFragment>): AuditPartsFragment {
  return {
    logit: 0,
    parts: 0,
    constant: 0,
    sum: 0,
    gap: 0,
    relativeGap: 0,
    deviation: 0,
    tolerance: 1e-4,
    passed: true,
    ...figures,
  };
}
