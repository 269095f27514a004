/** An API key as text: `trb_`, an id that is no secret, `_`, and 32 random bytes. Only its hash is stored. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const form = /^trb_([0-9a-f]{12})_[\w-]{43}$/;

/** A new key. It is shown once, to whoever made it. */
export function newApiKey(): { readonly id: string; readonly text: string } {
  const id = randomBytes(6).toString('hex');
  return { id, text: `trb_${id}_${randomBytes(32).toString('base64url')}` };
}

/** The part of a key that names it; undefined for what is no key. */
export function idIn(text: string): string | undefined {
  return form.exec(text)?.[1];
}

/** SHA-256 of a whole key. The key is random, so that a slow hash would protect nothing more. */
export function hashOfKey(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', text, 'buffer'));
}

/** Whether a key is the one of this hash, in a time that does not depend on where they differ. */
export function isKeyOf(text: string, stored: Uint8Array): boolean {
  return stored.length === 32 && timingSafeEqual(hashOfKey(text), stored);
}
