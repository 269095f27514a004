/** Who asks, by tokens (JWT) of an OpenID Connect issuer. */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { comprised, type Principal, type Scope } from '../../principal.ts';
import type { OidcSettings } from '../../settings/auth.ts';
import type { Authenticator } from './authenticator.ts';
import { AuthRefusal, unauthenticated } from './refusal.ts';

/** Asymmetric ones alone: with any other, whoever may check a token could make one. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Seconds by which the clocks of issuer and server may differ. */
const clockTolerance = 5;
/** Milliseconds to wait for the issuer. */
const patience = 5000;
/** Milliseconds for which the issuer is not asked again: after an answer, for a key that was not in it; after a failure. */
const cooldown = 5000;
const pauseAfterFailure = 1000;

/** What the claim has to hold for each scope. */
const scopeNames: Readonly<Record<string, Scope>> = {
  'tributary:read': 'READ',
  'tributary:run': 'RUN',
  'tributary:manage': 'MANAGE',
};

export class TokenAuthenticator implements Authenticator {
  readonly #settings: OidcSettings;
  readonly #cooldown: number;
  #keys: Promise<JWTVerifyGetKey> | undefined;
  /** The same once they are found. */
  #found: ReturnType<typeof createRemoteJWKSet> | undefined;
  #failed: { readonly error: AuthRefusal; readonly until: number } | undefined;

  /** @param wait milliseconds for which the issuer is not asked again for a key that it did not have */
  constructor(settings: OidcSettings, wait = cooldown) {
    this.#settings = settings;
    this.#cooldown = wait;
  }

  async authenticate(credential: string): Promise<Principal> {
    const { issuer, audience, scopesClaim } = this.#settings;
    const { payload } = await jwtVerify(credential, (header, token) => this.#keyFor(header, token), {
      algorithms,
      issuer,
      audience,
      clockTolerance,
      requiredClaims: ['exp', 'sub'],
    }).catch((error: unknown) => {
      throw error instanceof AuthRefusal ? error : unauthenticated(reasonOf(error));
    });
    return principalOf(payload, scopesClaim);
  }

  async holds({ expiresAt }: Principal): Promise<boolean> {
    return expiresAt === null || Date.now() < expiresAt.getTime();
  }

  /** Finds out where the issuer's keys are. @throws AuthRefusal ISSUER_UNAVAILABLE */
  async reach(): Promise<void> {
    await this.#remoteKeys();
  }

  #keyFor: JWTVerifyGetKey = async (header, token) => {
    // Where its keys are known, a token of none of them keeps nobody else waiting.
    if (!this.#found?.fresh) this.#requireRested();
    const keys = await this.#remoteKeys();
    try {
      return await keys(header, token);
    } catch (error) {
      // Of the token: all else is of the issuer.
      const known = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
      if (known.some((kind) => error instanceof kind)) throw error;
      throw this.#unavailable(error);
    }
  };

  #remoteKeys(): Promise<JWTVerifyGetKey> {
    this.#keys ??= this.#find().catch((error: unknown) => {
      this.#keys = undefined;
      throw this.#unavailable(error);
    });
    return this.#keys;
  }

  async #find(): Promise<JWTVerifyGetKey> {
    const { issuer, jwksUrl } = this.#settings;
    const url = new URL(jwksUrl ?? (await discover(issuer)));
    this.#found = createRemoteJWKSet(url, { timeoutDuration: patience, cooldownDuration: this.#cooldown });
    return this.#found;
  }

  /** @throws AuthRefusal where the issuer has just failed: it is not asked with every request */
  #requireRested(): void {
    if (this.#failed && performance.now() < this.#failed.until) throw this.#failed.error;
  }

  #unavailable(cause: unknown): AuthRefusal {
    const { message, cause: deeper } = cause as Error;
    const reason = (deeper as NodeJS.ErrnoException | undefined)?.code ?? message;
    const words = `The issuer of tokens, ${this.#settings.issuer}, cannot be asked for its keys (${reason}); try again later`;
    const error = new AuthRefusal('ISSUER_UNAVAILABLE', words, { cause });
    this.#failed = { error, until: performance.now() + pauseAfterFailure };
    return error;
  }
}

/** @returns where an issuer says that its public keys are (OpenID Connect Discovery 1.0, section 4) */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  const told = (await response.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  if (told.issuer !== issuer) throw new Error(`${url} is of another issuer; OIDC_ISSUER has to be its very words`);
  if (typeof told.jwks_uri !== 'string' || !URL.canParse(told.jwks_uri))
    throw new Error(`${url} does not say where its keys are`);
  return told.jwks_uri;
}

function principalOf(payload: JWTPayload, scopesClaim: string): Principal {
  const { iss = '', sub = '', exp = 0 } = payload;
  const named = [payload.name, payload.email, sub].find((text) => typeof text === 'string' && text !== '');
  // Two issuers may have the same `sub` for two people, and who has a key may have any name.
  const owner = `${iss} ${sub}`;
  return {
    owner,
    key: owner,
    name: String(named),
    scopes: comprised(scopesIn(payload[scopesClaim])),
    expiresAt: new Date((exp + clockTolerance) * 1000),
    limits: {},
  };
}

function scopesIn(claim: unknown): Scope[] {
  const values: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return values.flatMap((value) =>
    typeof value === 'string' && Object.hasOwn(scopeNames, value) ? (scopeNames[value] ?? []) : [],
  );
}

/** In the words of whoever has sent the token, of which nothing is repeated. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The claim \`${error.claim}\` of the token is missing, or is not what this server wants`;
  if (error instanceof errors.JOSEAlgNotAllowed)
    return `The token is signed by an algorithm that this server does not take; it takes ${algorithms.join(', ')}`;
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return 'The token is signed by a key that its issuer does not have';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong';
  return 'This is no token that is signed (JWT)';
}
