/** How the server learns who asks, as the settings say: what only tokens need is not loaded where there are none. */
import type { Logger } from 'pino';
import type { KeyStore } from '../../runs/key-store.ts';
import type { AuthSettings } from '../../settings/auth.ts';
import type { Authenticator } from './authenticator.ts';
import { KeyAuthenticator } from './keys.ts';

/** @returns undefined where the server asks nobody who they are */
export async function authenticatorOf(
  settings: AuthSettings,
  keys: KeyStore,
  log: Logger,
): Promise<Authenticator | undefined> {
  if (settings.kind === 'none') return undefined;
  if (settings.kind === 'keys') return new KeyAuthenticator(keys);
  const { TokenAuthenticator } = await import('./tokens.ts');
  const tokens = new TokenAuthenticator(settings);
  // Only to tell early: it is tried again with each request.
  tokens.reach().catch((error: unknown) => log.warn({ err: error }, 'the issuer of tokens cannot be reached'));
  return tokens;
}
