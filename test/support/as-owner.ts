/** For tests: who asks, said by a header, and what they are told. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { anybody, type Principal, type Scope, scopes } from '../../src/principal.ts';

const header = 'x-test-asker';

/** Of a request that names an owner, and scopes where not all but MANAGE. */
export function namedPrincipal({ headers }: IncomingMessage): Principal {
  const [owner, ...given] = String(headers[header] ?? '').split(' ');
  if (!owner) return anybody;
  const some = given.length > 0 ? (given as Scope[]) : scopes.filter((scope) => scope !== 'MANAGE');
  return { ...anybody, owner, key: owner, name: owner, scopes: new Set(some) };
}

export interface Asking {
  /** All that was told, as it was sent; of a subscription to its end, or until `most` events are there. */
  told(query: string, variables?: object, most?: number): Promise<string>;
  /** What a query has as its data. @throws AssertionError where something of it failed */
  data<Data>(query: string, variables?: object): Promise<Data>;
  fetch(path: string, options?: RequestInit): Promise<Response>;
}

/** @param as the owner, and scopes behind it */
export function askingAs(url: string, as: string): Asking {
  return askingBy(url, { [header]: as });
}

/** @param shown headers by which the server knows who asks */
export function askingBy(url: string, shown: Readonly<Record<string, string>>): Asking {
  const headers = { ...shown, 'content-type': 'application/json' };
  const post = (query: string, variables: object, accept: string) =>
    fetch(url, {
      method: 'POST',
      headers: { ...headers, accept },
      body: JSON.stringify({ query, variables }),
    });
  return {
    async told(query, variables = {}, most = 1000) {
      const isStream = query.trimStart().startsWith('subscription');
      const response = await post(query, variables, isStream ? 'text/event-stream' : 'application/json');
      if (!isStream) return response.text();
      let text = '';
      const decoder = new TextDecoder();
      for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += decoder.decode(piece, { stream: true });
        if (text.split('event: next').length > most) break;
      }
      return text;
    },
    async data<Data>(query: string, variables: object = {}) {
      const response = await post(query, variables, 'application/json');
      const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
      assert.equal(errors, undefined, JSON.stringify(errors));
      return data;
    },
    fetch: (path, options = {}) => fetch(new URL(path, url), { ...options, headers: { ...options.headers, ...shown } }),
  };
}
