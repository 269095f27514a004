/** A server that speaks the Hugging Face hub's protocol for one repository: its listing, its files, its redirects. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubRequest {
  readonly server: 'hub' | 'storage';
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

type Files = Readonly<Record<string, Buffer>>;

export interface HubServerOptions {
  /** e.g. `org/tiny` */
  readonly repository: string;
  /** Of the first commit, which `main` names until another one is made. */
  readonly files: Files;
  /** Asked of every request to the hub, never to the storage. */
  readonly token?: string;
  /** Pages of the listing after the first one are the storage's. */
  readonly listsElsewhere?: boolean;
  /** Answers in the place of the storage or the hub when it returns true. */
  readonly fault?: (path: string, request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Large files (safetensors) lie in another server, to which the hub redirects, as in reality. */
export class HubServer implements AsyncDisposable {
  readonly requests: HubRequest[] = [];
  readonly #options: HubServerOptions;
  /** By commit, and `main`. */
  readonly #revisions = new Map<string, { readonly commit: string; readonly files: Files }>();
  readonly #hub: Server;
  readonly #storage: Server;

  private constructor(options: HubServerOptions) {
    this.#options = options;
    this.commit(options.files);
    this.#hub = createServer((request, response) => this.#serve('hub', request, response));
    this.#storage = createServer((request, response) => this.#serve('storage', request, response));
  }

  static async start(options: HubServerOptions): Promise<HubServer> {
    const server = new HubServer(options);
    for (const part of [server.#hub, server.#storage]) await once(part.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  /** Makes a commit, which `main` names from now on. */
  commit(files: Files): void {
    const commit = createHash('sha1').update(String(this.#revisions.size)).digest('hex');
    for (const revision of [commit, 'main']) this.#revisions.set(revision, { commit, files });
  }

  /** The commit that `main` names. */
  get head(): string {
    return this.#revisions.get('main')?.commit ?? '';
  }

  get endpoint(): string {
    return originOf(this.#hub);
  }

  /** Requests for a file's content, without the redirects to it. */
  requestsFor(path: string): HubRequest[] {
    const server = isLarge(path) ? 'storage' : 'hub';
    return this.requests.filter((request) => request.server === server && request.path.endsWith(`/${path}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of [this.#hub, this.#storage]) {
      part.closeAllConnections();
      await once(part.close(), 'close');
    }
  }

  #serve(server: 'hub' | 'storage', request: IncomingMessage, response: ServerResponse): void {
    const { repository, token, fault } = this.#options;
    const { pathname: path, searchParams } = new URL(request.url ?? '/', this.endpoint);
    const { range, authorization } = request.headers;
    this.requests.push({ server, path, range, authorization });
    const refused = server === 'hub' && token !== undefined && authorization !== `Bearer ${token}`;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const redirected = server === 'hub' && isLarge(name);
    const parts = /^(?:\/api\/models)?\/([^/]+\/[^/]+)\/(revision|tree|resolve)\/([^/]+)/.exec(path) ?? [];
    const [, of, what, revision = ''] = parts;
    const { commit, files = {} } = (of === repository && this.#revisions.get(revision)) || {};
    const content = files[name];
    if (refused) end(response, 401);
    else if (!redirected && fault?.(name, request, response)) return;
    else if (!commit) end(response, 404);
    else if (what === 'revision') end(response, 200, { id: repository, sha: commit });
    else if (what === 'tree') this.#list(response, path, files, Number(searchParams.get('cursor')));
    else if (!content) end(response, 404);
    else if (redirected) response.writeHead(302, { location: `${originOf(this.#storage)}${path}` }).end();
    else sendContent(response, content, range);
  }

  /** Three entries a page. */
  #list(response: ServerResponse, path: string, files: Files, cursor: number): void {
    const entries = [{ type: 'directory', path: 'onnx', size: 0, oid: '' }, ...Object.entries(files).map(entryOf)];
    const lister = this.#options.listsElsewhere ? this.#storage : this.#hub;
    const next = `${originOf(lister)}${path}?cursor=${cursor + 3}`;
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(cursor + 3 < entries.length && { link: `<${next}>; rel="next"` }),
    });
    response.end(JSON.stringify(entries.slice(cursor, cursor + 3)));
  }
}

export function sendContent(response: ServerResponse, content: Buffer, range: string | undefined): void {
  sendHead(response, content, range).end(content.subarray(beginOf(range)));
}

/** Announces the whole, sends half of it, and closes the connection. */
export function breakHalfWay(response: ServerResponse, content: Buffer, range: string | undefined): true {
  const part = content.subarray(beginOf(range));
  sendHead(response, content, range).write(part.subarray(0, part.length / 2), () => response.socket?.end());
  return true;
}

function sendHead(response: ServerResponse, content: Buffer, range: string | undefined): ServerResponse {
  const from = beginOf(range);
  return response.writeHead(from > 0 ? 206 : 200, {
    'content-length': content.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
  });
}

function beginOf(range: string | undefined): number {
  return Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
}

export function end(response: ServerResponse, status: number, answer: object = { error: `Error ${status}` }): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

function isLarge(path: string): boolean {
  return path.endsWith('.safetensors');
}

function entryOf([path, content]: [string, Buffer]) {
  const size = content.length;
  const oid = createHash('sha1').update(`blob ${size}\0`).update(content).digest('hex');
  const lfs = { oid: createHash('sha256').update(content).digest('hex'), size, pointerSize: 134 };
  return { type: 'file', path, size, ...(isLarge(path) ? { oid: 'of the pointer', lfs } : { oid }) };
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
