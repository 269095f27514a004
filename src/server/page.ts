/** GraphiQL: of several megabytes and the same for everybody, so it is made once, and all share its bytes. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { Logger } from 'pino';
import { exampleTabs } from './examples.ts';
import { contentSecurityPolicy } from './headers.ts';
import { graphqlPath } from './http.ts';
import { reopenTab } from './reopened-tab.ts';

/** Bytes that wait on a connection at a time: so much of the page counts as unsent. */
const sliceBytes = 64 * 1024;
/** Of 11: as small as that of 9 to a twentieth, in a quarter of the time. */
const brotliQuality = 5;

/** As they are asked for; the first that a browser accepts is sent. */
const encodings = {
  br: (page: Buffer) =>
    promisify(brotliCompress)(page, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
        [constants.BROTLI_PARAM_SIZE_HINT]: page.length,
      },
    }),
  gzip: (page: Buffer) => promisify(gzip)(page),
  identity: async (page: Buffer) => page,
};

type Encoding = keyof typeof encodings;

class Page {
  readonly policy: string;
  readonly #page: Buffer;
  readonly #hash: string;
  readonly #encoded = new Map<Encoding, Promise<Buffer>>();

  constructor() {
    const graphiql = renderGraphiQL({ title: 'Tributary', subscriptionsProtocol: 'WS', defaultTabs: exampleTabs });
    const start = graphiql.indexOf('<script>');
    const script = graphiql.slice(start + '<script>'.length, graphiql.lastIndexOf('</script>'));
    this.#page = Buffer.from(`${graphiql.slice(0, start)}<script>${reopenTab}</script>${graphiql.slice(start)}`);
    this.#hash = hashOf(this.#page);
    this.policy = contentSecurityPolicy({
      'script-src': [reopenTab, script].map((text) => `'sha256-${hashOf(text)}'`).join(' '),
      // Its editor, Monaco, writes its style sheets as it goes, and starts its workers from blobs.
      'style-src': "'unsafe-inline'",
      'worker-src': 'blob:',
      'font-src': 'data:',
      'img-src': 'data:',
      // WebSockets to the same host included.
      'connect-src': "'self'",
    });
  }

  /** Compressed when first asked for. */
  encoded(encoding: Encoding): Promise<Buffer> {
    const bytes = this.#encoded.get(encoding) ?? encodings[encoding](this.#page);
    this.#encoded.set(encoding, bytes);
    return bytes;
  }

  tag(encoding: Encoding): string {
    return `"${this.#hash}-${encoding}"`;
  }
}

/** Answers browsers that open the endpoint as a page; all else is the listener's. */
export function servePage(listener: RequestListener, log: Logger): RequestListener {
  let page: Page | undefined;
  return (request, response) => {
    if (!asksForPage(request)) return listener(request, response);
    page ??= new Page();
    send(page, request, response).catch((error: unknown) => {
      log.error({ err: error }, 'the page could not be sent');
      response.destroy();
    });
  };
}

function asksForPage({ method, url = '', headers }: IncomingMessage): boolean {
  const [path] = url.split('?');
  return (
    (method === 'GET' || method === 'HEAD') &&
    (path === graphqlPath || path === `${graphqlPath}/`) &&
    (headers.accept ?? '').includes('text/html')
  );
}

async function send(page: Page, { method, headers }: IncomingMessage, response: ServerResponse): Promise<void> {
  const encoding = acceptedEncoding(headers['accept-encoding']);
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('content-security-policy', page.policy);
  response.setHeader('etag', page.tag(encoding));
  response.setHeader('vary', 'Accept, Accept-Encoding');
  if (isKnown(headers['if-none-match'], page.tag(encoding))) {
    response.writeHead(304).end();
    return;
  }
  const bytes = await page.encoded(encoding);
  if (encoding !== 'identity') response.setHeader('content-encoding', encoding);
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.setHeader('content-length', bytes.length);
  if (method === 'HEAD') response.end();
  // Whoever leaves before the end is no fault.
  else pipeline(Readable.from(slices(bytes)), response, () => undefined);
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

function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64');
}
