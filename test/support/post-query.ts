/** For tests: GraphQL over HTTP. */
import assert from 'node:assert/strict';

/** @param accept the media type of the answer, if not JSON */
export function postQuery(url: string, query: string, variables: object = {}, accept?: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(accept && { accept }) },
    body: JSON.stringify({ query, variables }),
  });
}

/** All that a subscription tells as server-sent events, until it completes. */
export async function postSubscription<Data = unknown>(url: string, query: string): Promise<{ readonly data: Data }[]> {
  const response = await postQuery(url, query, {}, 'text/event-stream');
  const events = (await response.text()).matchAll(/^event: next\ndata: (.*)$/gm);
  return Array.from(events, ([, event = '']) => JSON.parse(event));
}

/** What a query has as its data. @throws AssertionError where something of it failed */
export async function queryData<Data>(url: string, query: string, variables: object = {}): Promise<Data> {
  const response = await postQuery(url, query, variables);
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}
