/** Keys and tokens stay out of the log, whatever of a request or of an error is written there. */
import type { LoggerOptions } from 'pino';

/** An API key, its id left readable; a token (JWT) by its beginning, which is that of all. */
const apiKeys = /\b(trb_[0-9a-f]{12}_)[\w-]+/g;
const tokens = /\beyJ[\w-]+\.[\w-]*\.?[\w-]*/g;
const bearers = /\b(Bearer +)(?!\[)[^\s"\\]+/gi;

export function withoutSecrets(text: string): string {
  return text.replace(bearers, '$1[redacted]').replace(apiKeys, '$1[redacted]').replace(tokens, '[redacted]');
}

/** For pino: headers by their name, and whatever else has the form of a key. */
export const logOptions = {
  redact: ['authorization', '*.authorization', '*.*.authorization', '*.*.*.authorization'],
  hooks: { streamWrite: withoutSecrets },
} satisfies LoggerOptions;
