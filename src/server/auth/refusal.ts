import type { RefusalCode } from '../../errors.ts';

type Code = Extract<RefusalCode, 'UNAUTHENTICATED' | 'ISSUER_UNAVAILABLE'>;

/** Why nobody is known to ask. The message repeats nothing of a key. */
export class AuthRefusal extends Error {
  override readonly name = 'AuthRefusal';
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function unauthenticated(message: string, cause?: unknown): AuthRefusal {
  return new AuthRefusal('UNAUTHENTICATED', message, { cause });
}
