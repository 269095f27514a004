/** The explorer: the page at `/`, as it was built. What it is made of is read at start; no address leads to other files. */
import { readdir, readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { extname, join } from 'node:path';
import type { Logger } from 'pino';
import { contentSecurityPolicy } from './headers.ts';
import { graphqlPath } from './http.ts';
import { refusalBody, refuse } from './refuse.ts';
import { ServedFile } from './served-file.ts';

export const explorerPath = '/';

/** By path, as in an address: `/`, `/assets/index-DVji2VuN.js`. */
export type ExplorerFiles = ReadonlyMap<string, ServedFile>;

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Neither scripts nor styles in the page itself; nothing from anywhere else. */
const policy = contentSecurityPolicy({
  'script-src': "'self'",
  'style-src': "'self'",
  'font-src': "'self'",
  // What it draws is saved as an image by way of a blob.
  'img-src': "'self' data: blob:",
  // WebSockets to the same host included.
  'connect-src': "'self'",
});

const notBuilt = `The page is not built: npm run build:explorer builds it, or says what is wrong. GraphQL and GraphiQL are at ${graphqlPath}`;
const onlyRead = `The page is read by GET; GraphQL is asked at ${graphqlPath}`;

/**
 * @param folder of a build: `index.html`, and `assets/` whose names have hashes of what is in them
 * @throws Error where they cannot be read
 */
export async function readExplorer(folder: string): Promise<ExplorerFiles> {
  const index = new ServedFile(await readFile(join(folder, 'index.html')), {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': policy,
  });
  const assets = (await readdir(join(folder, 'assets'))).map(async (name): Promise<[string, ServedFile]> => {
    const headers = {
      'content-type': types[extname(name)] ?? 'application/octet-stream',
      'cache-control': 'public, max-age=31536000, immutable',
    };
    return [`/assets/${name}`, new ServedFile(await readFile(join(folder, 'assets', name)), headers)];
  });
  return new Map([[explorerPath, index], ...(await Promise.all(assets))]);
}

/**
 * Answers whoever asks for the page or for a part of it, whatever they accept; all else is the listener's.
 *
 * @param files undefined where it is not built
 */
export function serveExplorer(
  files: ExplorerFiles | undefined,
  listener: RequestListener,
  log: Logger,
): RequestListener {
  return (request, response) => {
    const { method, url = '' } = request;
    const [path = ''] = url.split('?');
    const file = files?.get(path);
    if (!file && path !== explorerPath) return listener(request, response);
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return refuse(response, 405, onlyRead);
    }
    if (file) return file.send(request, response, log);
    response.writeHead(404, { 'content-type': 'application/json' }).end(refusalBody(404, notBuilt));
  };
}
