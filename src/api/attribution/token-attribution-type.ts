import { sharesOf } from '../../explain/attribution/shares.ts';
import { at } from '../../inference/rows.ts';
import { builder } from '../builder.ts';
import { Token } from '../models/token.ts';
import { type AttributionValue, promptToken } from './attribution-value.ts';

export interface TokenAttributionValue {
  readonly attribution: AttributionValue;
  readonly position: number;
  /** Of all tokens, with special ones or without. */
  readonly shares: (withoutSpecial: boolean) => readonly (number | null)[];
}

export const TokenAttribution = builder.objectRef<TokenAttributionValue>('TokenAttribution').implement({
  description: 'What one token of the prompt contributes to the logit.',
  fields: (t) => ({
    token: t.field({
      type: Token,
      description: 'The token.',
      resolve: ({ attribution, position }) => promptToken(attribution, position),
    }),
    score: t.float({
      description:
        'Its share of the logit. With FROZEN all shares and the bias sum to the logit; with other methods see `audit`.',
      resolve: ({ attribution: { result }, position }) => at(result.tokens, position),
    }),
    share: t.float({
      nullable: true,
      description:
        '`score` over the sum of all magnitudes, with its sign: the magnitudes of all shares sum to 1, whatever the method. Null where all scores are 0. Only for showing: `score`, `bias` and `audit` are those of all tokens.',
      args: {
        withoutSpecial: t.arg.boolean({
          required: true,
          defaultValue: false,
          description:
            'Leaves special tokens, such as the beginning of a sequence, out of the sum; their own share is null. Where the checkpoint is gone nobody knows which they are, and every share is null.',
        }),
      },
      resolve: ({ shares, position }, { withoutSpecial }) => shares(withoutSpecial)[position] ?? null,
    }),
    positionScore: t.float({
      nullable: true,
      description:
        'The part of `score` that its learned position embedding accounts for; null in models without one and for methods that do not tell it apart.',
      resolve: ({ attribution: { result }, position }) => result.positions?.[position] ?? null,
    }),
  }),
});

export function sharesOfTokens(attribution: AttributionValue): TokenAttributionValue['shares'] {
  const scores = attribution.result.tokens;
  const isLeftOut = (position: number) => attribution.model === null || promptToken(attribution, position).special;
  const made = new Map<boolean, readonly (number | null)[]>();
  return (withoutSpecial) => {
    const shares = made.get(withoutSpecial) ?? (withoutSpecial ? sharesOf(scores, isLeftOut) : sharesOf(scores));
    made.set(withoutSpecial, shares);
    return shares;
  };
}
