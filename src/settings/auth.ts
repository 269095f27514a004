/** Who may ask. */
import { z } from 'zod';
import { word } from './values.ts';

const kinds = ['none', 'keys', 'oidc'] as const;

const address = z.url({ protocol: /^https?$/, error: 'must be an address that begins with https:// or http://' });

export const auth = {
  AUTH: word(kinds)
    .default('none')
    .describe(
      'How the server learns who asks: none, it does not, and whoever reaches it may do all; keys, by API keys that `npm run keys` makes; oidc, by tokens of OIDC_ISSUER.',
    ),
  OIDC_ISSUER: address
    .optional()
    .describe('Issuer of the tokens, with AUTH=oidc: https://login.example/realms/lab, as their claim `iss` has it.'),
  OIDC_AUDIENCE: z.string().optional().describe('What the claim `aud` of the tokens has to name, with AUTH=oidc.'),
  OIDC_SCOPES_CLAIM: z
    .string()
    .default('scope')
    .describe(
      'Claim of the tokens that lists what they are good for, as a list or separated by spaces: tributary:read, tributary:run, tributary:manage; other values count for nothing.',
    ),
  OIDC_JWKS_URL: address
    .optional()
    .describe(
      "Where the issuer's public keys are; unless set, /.well-known/openid-configuration of the issuer says it.",
    ),
};

/** What the issuer of tokens is, with AUTH=oidc. */
export interface OidcSettings {
  readonly kind: 'oidc';
  readonly issuer: string;
  readonly audience: string;
  readonly scopesClaim: string;
  readonly jwksUrl: string | undefined;
}

export type AuthSettings = { readonly kind: 'none' } | { readonly kind: 'keys' } | OidcSettings;

/** @param context is told what AUTH=oidc lacks */
export function authOf(values: z.output<z.ZodObject<typeof auth>>, context: z.RefinementCtx): AuthSettings {
  if (values.AUTH !== 'oidc') return { kind: values.AUTH };
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience } = values;
  for (const [name, value] of Object.entries({ OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience })) {
    if (value === undefined) context.addIssue({ code: 'custom', path: [name], message: 'AUTH=oidc needs it' });
  }
  if (issuer === undefined || audience === undefined) return z.NEVER;
  return { kind: 'oidc', issuer, audience, scopesClaim: values.OIDC_SCOPES_CLAIM, jwksUrl: values.OIDC_JWKS_URL };
}
