/** The typed client: queries over HTTP, subscriptions over WebSocket. It needs nothing but a URL. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import type { Client } from 'graphql-ws/client';
import { isUnauthenticated, RequestError, type ResponseError, refusal, streamError } from './errors.ts';
import { RunEventsDocument, type RunEventsSubscription } from './generated/graphql.ts';
import { authorizationBy, type Key } from './key.ts';
import { Mapped } from './mapped.ts';
import { type SocketOptions, watchedSocket } from './watched-socket.ts';

interface Asked {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

/** What a run of any kind tells. */
export type RunEvent = RunEventsSubscription['runEvents'];

export interface ClientOptions extends SocketOptions {
  /**
   * Documents are named by their hashes and their texts are not sent, as a server with TRUSTED_DOCUMENTS wants it: those of this
   * package are listed in its `trusted-documents.json`. Default: false.
   */
  readonly trustedDocuments?: boolean;
  /** Told whenever the server does not take the key, or wants one, beside the error that says so. */
  readonly onUnauthenticated?: (() => void) | undefined;
}

export class TributaryClient {
  readonly #url: string;
  readonly #key: Key | undefined;
  readonly #onUnauthenticated: (() => void) | undefined;
  readonly #sockets: Client;
  readonly #trusted: boolean;

  /** @param url of the GraphQL endpoint, e.g. `http://localhost:4000/graphql` */
  constructor(url: string, { trustedDocuments = false, ...options }: ClientOptions = {}) {
    this.#url = url;
    this.#trusted = trustedDocuments;
    this.#key = options.key;
    this.#onUnauthenticated = options.onUnauthenticated;
    this.#sockets = watchedSocket(url.replace(/^http/, 'ws'), options);
  }

  /** Runs a query or a mutation. @throws RequestError; whatever `fetch` throws when the server is not there */
  async request<Result, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Result> {
    const authorization = await authorizationBy(this.#key);
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(authorization !== undefined && { authorization }),
      },
      body: JSON.stringify(this.#asking(document, variables)),
      ...(signal && { signal }),
    });
    const body = (await response.json().catch(() => undefined)) as
      | { data?: Result; errors?: ResponseError[] }
      | undefined;
    if (body?.errors?.length) throw this.#noted(refusal(body.errors, body.data));
    if (!body?.data)
      throw new RequestError(`The server answered ${response.status} ${response.statusText} without data`);
    return body.data;
  }

  /**
   * Follows a subscription. Leaving the loop unsubscribes. Throws RequestError, ConnectionError.
   * After a lost connection the operation is sent anew; for a run use `followRun`, which resumes exactly.
   */
  subscribe<Result, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
  ): AsyncIterableIterator<Result, undefined> {
    return new Mapped(
      this.#sockets.iterate<Result>(this.#asking(document, variables)),
      ({ data, errors }) => {
        if (errors?.length) throw refusal(errors, data);
        return data ?? undefined;
      },
      (thrown) => this.#noted(streamError(thrown)),
    );
  }

  /** A run's events from `after` to its end, each once and in order, through lost connections. */
  followRun(runId: string, after?: number): AsyncIterableIterator<RunEvent, undefined> {
    // graphql-ws reads the variables each time it sends the operation: after a reconnect, from the last event on.
    const variables = { runId, after: after ?? null };
    return new Mapped(this.subscribe(RunEventsDocument, variables), ({ runEvents: event }) => {
      if (!('seq' in event)) return event;
      if (variables.after !== null && event.seq <= variables.after) return undefined;
      variables.after = event.seq;
      return event;
    });
  }

  /** @throws Error where a trusted document has no hash */
  #asking(document: TypedDocumentNode<unknown, never>, variables: Record<string, unknown>): Asked {
    if (!this.#trusted) return { query: print(document), variables };
    const { __meta__: meta } = document as { readonly __meta__?: { readonly hash?: string } };
    if (!meta?.hash) throw new Error('A document without a hash cannot be asked for as a trusted one');
    // Over WebSocket a text is asked for, be it empty.
    return { query: '', variables, extensions: { persistedQuery: { version: 1, sha256Hash: meta.hash } } };
  }

  #noted(error: Error): Error {
    if (isUnauthenticated(error)) this.#onUnauthenticated?.();
    return error;
  }

  /** Closes the WebSocket. */
  async close(): Promise<void> {
    await this.#sockets.dispose();
  }
}

/** The numbers of a tensor, from its base64. */
export function tensorValues({ base64 }: { readonly base64: string }): Float32Array {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
