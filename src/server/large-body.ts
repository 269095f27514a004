/** Bodies that are read as they come in, with limits of their own. */
import type { IncomingMessage } from 'node:http';

/** Milliseconds for which the rest of a refused body is read. */
const refusedTime = 30_000;

/** How long a body may take, in milliseconds: all of it, and each time that something of it is waited for. */
export interface BodyTimes {
  readonly time: number;
  readonly silence: number;
}

/** What is wrong with a request by itself, whatever it sends. */
export class BodyFault extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface LargeBody {
  /** As they come in. They end by a BodyFault where there are too many, or where it takes too long. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** How many have come. */
  readonly bytes: () => number;
}

/**
 * @param most bytes that are read
 * @param setting that says how many
 * @throws BodyFault for one that says that it has more
 */
export function bodyOf(
  request: IncomingMessage,
  most: number,
  setting: string,
  { time, silence }: BodyTimes,
): LargeBody {
  const tooLarge = (bytes: number) =>
    new BodyFault(413, `The file has ${bytes} bytes or more; at most ${most} are read (${setting})`);
  const said = Number(request.headers['content-length'] ?? 0);
  if (said > most) throw tooLarge(said);
  let read = 0;
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    const until = Date.now() + time;
    const pieces = request.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await unlessSilent(pieces.next(), silence);
        if (done) return;
        read += value.length;
        if (read > most) throw tooLarge(read);
        if (Date.now() > until) throw new BodyFault(408, `The file was not there after ${time / 60_000} minutes`);
        yield value;
      }
    } finally {
      // Whoever listens for more keeps the rest from being passed over. Not awaited: nothing more may come.
      void pieces.return?.();
    }
  }
  return { chunks: chunks(), bytes: () => read };
}

/** Reads what is left, to no end, so that the client reads its answer; not for long. */
export function readToNoEnd(request: IncomingMessage): void {
  if (request.complete && request.readableEnded) return;
  const timer = setTimeout(() => request.destroy(), refusedTime);
  request.once('close', () => clearTimeout(timer));
  request.resume();
}

async function unlessSilent<Value>(next: Promise<Value>, silence: number): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new BodyFault(408, `Nothing of the file has come for ${silence / 1000} seconds`)),
    silence,
  );
  try {
    return await Promise.race([next, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
