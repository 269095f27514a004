/** How the server learns who asks, as the settings say. */
import type { Logger } from 'pino';
import type { KeyStore } from '../../runs/key-store.ts';
import type { AuthSettings } from '../../settings/auth.ts';
import type { Authenticator } from './authenticator.ts';
import { KeyAuthenticator } from './keys.ts';
import { TokenAuthenticator } from './tokens.ts';

/** @returns undefined where the server asks nobody who they are */
export function authenticatorOf(settings: AuthSettings, keys: KeyStore, log: Logger): Authenticator | undefined {
  if (settings.kind === 'none') return undefined;
  if (settings.kind === 'keys') return new KeyAuthenticator(keys);
  const tokens = new TokenAuthenticator(settings);
  // Only to tell early: it is tried again with each request.
  tokens.reach().catch((error: unknown) => log.warn({ err: error }, 'the issuer of tokens cannot be reached'));
  return tokens;
}
