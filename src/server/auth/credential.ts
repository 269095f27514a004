/** What somebody shows. */
import { unauthenticated } from './refusal.ts';

/** No key is longer, nor a token as node takes it in a header. */
const longest = 16_384;

/**
 * The key or the token in a header `Authorization`, or in what a WebSocket was opened with.
 * @throws AuthRefusal
 */
export function credentialIn(authorization: unknown): string {
  if (authorization === undefined || authorization === null || authorization === '')
    throw unauthenticated('This server wants to know who asks: send the header Authorization: Bearer and your key');
  const [, credential] = (typeof authorization === 'string' && /^Bearer +(\S+) *$/i.exec(authorization)) || [];
  if (credential === undefined || credential.length > longest)
    throw unauthenticated('The header Authorization is the word Bearer, a space, and an API key or a token');
  return credential;
}
