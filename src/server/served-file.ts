/** Files that are the same for everybody: read once, compressed once, and all who ask share their bytes. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Logger } from 'pino';

/** Bytes that wait on a connection at a time: so much of a file counts as unsent. */
const sliceBytes = 64 * 1024;
/** Of 11: as small as that of 9 to a twentieth, in a quarter of the time. */
const brotliQuality = 5;

/** As they are asked for; the first that a browser accepts is sent. */
const encodings = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes),
  identity: async (bytes: Buffer) => bytes,
};

type Encoding = keyof typeof encodings;

export class ServedFile {
  readonly #bytes: Buffer;
  readonly #hash: string;
  readonly #headers: Map<string, string>;
  readonly #encoded = new Map<Encoding, Promise<Buffer>>();

  /** @param headers by names in lower case: its type, how long it may be kept, what it may do */
  constructor(bytes: Buffer, headers: Readonly<Record<string, string>>) {
    this.#bytes = bytes;
    this.#hash = hashOf(bytes);
    this.#headers = new Map(Object.entries({ vary: 'Accept-Encoding', ...headers }));
  }

  /** Answers a GET or HEAD; what goes wrong is logged. */
  send(request: IncomingMessage, response: ServerResponse, log: Logger): void {
    this.#send(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'a page could not be sent');
      response.destroy();
    });
  }

  async #send({ method, headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding = acceptedEncoding(headers['accept-encoding']);
    const tag = `"${this.#hash}-${encoding}"`;
    response.setHeaders(this.#headers).setHeader('etag', tag);
    if (isKnown(headers['if-none-match'], tag)) {
      response.removeHeader('content-type');
      response.writeHead(304).end();
      return;
    }
    const bytes = await this.#as(encoding);
    if (encoding !== 'identity') response.setHeader('content-encoding', encoding);
    response.setHeader('content-length', bytes.length);
    if (method === 'HEAD') response.end();
    // Whoever leaves before the end is no fault.
    else pipeline(Readable.from(slices(bytes)), response, () => undefined);
  }

  /** Compressed when first asked for. */
  #as(encoding: Encoding): Promise<Buffer> {
    const bytes = this.#encoded.get(encoding) ?? encodings[encoding](this.#bytes);
    this.#encoded.set(encoding, bytes);
    return bytes;
  }
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += sliceBytes) yield bytes.subarray(start, start + sliceBytes);
}

/** @param accepted the header Accept-Encoding: `gzip, br;q=0` */
function acceptedEncoding(accepted = ''): Encoding {
  const names = accepted
    .toLowerCase()
    .split(',')
    .filter((choice) => !/;\s*q=0(\.0*)?\s*$/.test(choice))
    .map((choice) => choice.replace(/;.*/, '').trim());
  return names.includes('br') ? 'br' : names.includes('gzip') ? 'gzip' : 'identity';
}

/** @param known the header If-None-Match: tags, separated by commas, or `*` */
function isKnown(known = '', tag: string): boolean {
  return known.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag);
}

export function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64');
}
