/** The Hugging Face hub: what a model's repository holds, and its files, from any byte on. */
import { HubApiError, listFiles, modelInfo } from '@huggingface/hub';
import { TributaryError } from '../errors.ts';

export interface Hub {
  /** Origin, and path if any, without a slash at the end. */
  readonly endpoint: string;
  readonly token: string | undefined;
}

/** A model's repository at a branch, a tag or a commit. */
export interface Repository {
  readonly name: string;
  readonly revision: string;
}

export interface HubFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content for large files; for the others git's own: SHA-1 of `blob <size>\0` and the content. */
  readonly digest: { readonly algorithm: 'sha256' | 'git-sha1'; readonly hex: string };
}

/** A failure that may pass: the network, or a server that has too much to do. */
export class PassingError extends TributaryError {
  constructor(message: string, options?: ErrorOptions) {
    super('CHECKPOINT', message, {}, options);
  }
}

/** The hub that the environment names with HF_ENDPOINT, and its user's HF_TOKEN. */
export function hubFrom(environment: Readonly<Record<string, string | undefined>>): Hub {
  const endpoint = (environment.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  return { endpoint, token: environment.HF_TOKEN || undefined };
}

/**
 * The commit that a revision names now; a branch may name another one at any time.
 * @throws TributaryError CHECKPOINT when there is no such repository or no access to it; PassingError, one too
 */
export async function commitOf(hub: Hub, repository: Repository, signal?: AbortSignal): Promise<string> {
  const { name, revision } = repository;
  const { sha } = await asked(hub, repository, signal, (fetch) =>
    modelInfo({ name, revision, hubUrl: hub.endpoint, additionalFields: ['sha'], fetch }),
  );
  if (/^[0-9a-f]{40}$/.test(sha)) return sha;
  throw new TributaryError('CHECKPOINT', `${hub.endpoint} names no commit for ${revision} of ${name}, but ${sha}`);
}

/**
 * Files at the top of a repository; folders in it hold other formats.
 * @throws TributaryError CHECKPOINT when there is no such repository or no access to it; PassingError, one too
 */
export async function filesOf(hub: Hub, repository: Repository, signal?: AbortSignal): Promise<HubFile[]> {
  const revision = encodeURIComponent(repository.revision);
  const entries = await asked(hub, repository, signal, (fetch) =>
    Array.fromAsync(
      listFiles({ repo: { type: 'model', name: repository.name }, revision, hubUrl: hub.endpoint, fetch }),
    ),
  );
  return entries
    .filter(({ type }) => type === 'file')
    .map(({ path, size, oid, lfs }) => ({
      path,
      size: lfs?.size ?? size,
      digest: lfs ? { algorithm: 'sha256', hex: lfs.oid } : { algorithm: 'git-sha1', hex: oid ?? '' },
    }));
}

/** An answer of the hub's library, by requests of our own. */
async function asked<Answer>(
  hub: Hub,
  repository: Repository,
  signal: AbortSignal | undefined,
  ask: (fetch: typeof globalThis.fetch) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask((url, init) => request(hub, String(url), { ...init, ...(signal && { signal }) }));
  } catch (error) {
    if (error instanceof HubApiError) refuse(hub, repository, error.statusCode, repository.name);
    throw error;
  }
}

/**
 * A file's content from a byte on. The status is 206, or 200 where the server gives the whole file all the same.
 * @throws TributaryError CHECKPOINT when there is no such file or no access to it; PassingError, one too
 */
export async function openFile(
  hub: Hub,
  repository: Repository,
  path: string,
  { from, signal }: { from: number; signal?: AbortSignal | undefined },
): Promise<Response> {
  const revision = encodeURIComponent(repository.revision);
  const url = `${hub.endpoint}/${repository.name}/resolve/${revision}/${encodeURIComponent(path)}`;
  const response = await request(hub, url, {
    // Positions count bytes of the file itself, which a compressed answer would not show.
    headers: { 'Accept-Encoding': 'identity', ...(from > 0 && { Range: `bytes=${from}-` }) },
    ...(signal && { signal }),
  });
  if (response.ok) return response;
  await response.body?.cancel();
  return refuse(hub, repository, response.status, path);
}

/** The token goes to the hub alone: fetch drops it when the hub leads elsewhere. */
async function request(hub: Hub, url: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (hub.token && new URL(url).origin === new URL(hub.endpoint).origin)
    headers.set('Authorization', `Bearer ${hub.token}`);
  try {
    return await fetch(url, { ...init, headers });
  } catch (error) {
    init.signal?.throwIfAborted();
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new PassingError(`${hub.endpoint} cannot be reached: ${reason}`, { cause: error });
  }
}

function refuse({ endpoint, token }: Hub, { name, revision }: Repository, status: number, what: string): never {
  const at = `${name} at revision ${revision} on ${endpoint}`;
  switch (status) {
    case 401:
    case 403: {
      const right = token ? 'the token in HF_TOKEN does not give access to it' : 'set HF_TOKEN to a token with access';
      const terms = `${endpoint}/${name} may ask to accept its terms first`;
      throw new TributaryError('CHECKPOINT', `${at} does not exist or is not public: ${right}; ${terms} (${status})`);
    }
    case 404:
      throw new TributaryError('CHECKPOINT', `${at} does not exist${what === name ? '' : `, or has no ${what}`} (404)`);
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      throw new PassingError(`${endpoint} answered with status ${status} for ${what}`);
    default:
      throw new TributaryError('CHECKPOINT', `${endpoint} refuses ${what} of ${at} with status ${status}`);
  }
}
