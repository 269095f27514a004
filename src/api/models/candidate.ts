/** A token that may have been meant, in GraphQL, with what the model says of it. */

import type { LensTokenResult } from '../../inference/target.ts';
import { prediction } from '../../jobs/kinds/prediction.ts';
import { builder, type Context } from '../builder.ts';
import type { Candidates } from './prompt.ts';
import { Token, type TokenValue } from './token.ts';

type Figures = Pick<LensTokenResult, 'logit' | 'probability' | 'rank'>;

export interface CandidateValue {
  readonly token: TokenValue;
  /** Called when one of them is selected. */
  readonly figures: () => Promise<Figures | undefined> | Figures | undefined;
}

export const TargetCandidate = builder.objectRef<CandidateValue>('TargetCandidate').implement({
  description:
    'A token that may be the target, and how likely it is there. The figures are null where the token is wanted for something else than a prediction, such as a baseline, and where the server could not run the prompt, for it has too much to do.',
  fields: (t) => ({
    token: t.field({ type: Token, description: 'The token.', resolve: ({ token }) => token }),
    logit: t.float({
      nullable: true,
      description: 'Its logit at the target position, after a softcap.',
      resolve: async ({ figures }) => (await figures())?.logit ?? null,
    }),
    probability: t.float({
      nullable: true,
      description: 'Its probability there.',
      resolve: async ({ figures }) => (await figures())?.probability ?? null,
    }),
    rank: t.int({
      nullable: true,
      description: "1 for the model's top choice there.",
      resolve: async ({ figures }) => (await figures())?.rank ?? null,
    }),
  }),
});

/** Candidates of an error, all with figures of one pass through the model, which begins when the first is asked for. */
export function candidatesOf(
  { candidates, predicted }: Candidates,
  { engine, signal, client }: Pick<Context, 'engine' | 'signal' | 'client'>,
): CandidateValue[] {
  let pass: Promise<ReadonlyMap<number, Figures>> | undefined;
  const figures = async (id: number) => {
    if (!predicted) return undefined;
    const { model, ...where } = predicted;
    const request = { ...where, tokens: candidates.map((token) => token.id), top: 0 };
    pass ??= engine.run(prediction, model, request, { signal, client }).then(
      ({ tokens }) => new Map(tokens.map((token) => [token.token, token])),
      // The error that is being told comes first; `targetCandidates` tells those of the pass.
      () => new Map(),
    );
    return (await pass).get(id);
  };
  return candidates.map((token) => ({
    token: { ...token, position: predicted?.position },
    figures: () => figures(token.id),
  }));
}
