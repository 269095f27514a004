/** Why nothing can be stored, whatever database it is. */

/** Names no file, no address and no password: clients are told of it. */
export interface StorageFault {
  readonly reason: string;
  /** What whoever asked can do. */
  readonly remedy: string;
  /** What whoever runs the server can do. */
  readonly advice: string;
}

/** All that tells what a database said: Prisma and its engines tell by codes, some only by their messages or their driver's. */
export function signsOf(error: unknown): string {
  const { code, message, meta, cause } = error as PrismaError;
  const { driverAdapterError } = meta ?? {};
  const { originalCode, originalMessage, kind } = driverAdapterError?.cause ?? (isCause(cause) ? cause : {});
  return [code, message, originalCode, originalMessage, kind].filter(Boolean).join(' ');
}

/** What the adapter of a driver tells of what that has said. */
interface DriverCause {
  readonly kind?: string;
  readonly originalCode?: string;
  readonly originalMessage?: string;
}

interface PrismaError {
  readonly code?: string;
  readonly message?: string;
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: DriverCause } };
  readonly cause?: unknown;
}

function isCause(cause: unknown): cause is DriverCause {
  return typeof cause === 'object' && cause !== null;
}
