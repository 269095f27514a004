import type { LensTokenResult } from '../../inference/target.ts';
import { builder } from '../builder.ts';
import { Token, type TokenReader } from './token.ts';

export interface LensTokenValue extends LensTokenResult {
  readonly tokens: TokenReader;
  /** At which it is predicted. */
  readonly position: number;
}

export const LensToken = builder.objectRef<LensTokenValue>('LensToken').implement({
  description: 'A token as the model would predict it if it ended at this depth (logit lens).',
  fields: (t) => ({
    token: t.field({
      type: Token,
      description: 'The token.',
      resolve: ({ tokens, token, position }) => ({ ...tokens(token), position }),
    }),
    logit: t.exposeFloat('logit', { description: 'Its logit, after a softcap.' }),
    probability: t.exposeFloat('probability', { description: 'Its probability.' }),
    rank: t.exposeInt('rank', { description: '1 for the likeliest.' }),
  }),
});
