/** Requests that cannot be read, or that went astray, are told what would be right, and nothing of what they sent. */
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import type { RefusalCode } from '../errors.ts';
import { hasTypeOfForms } from './plain-requests.ts';
import { refusalBody } from './refuse.ts';

const fields = ['query', 'variables', 'operationName', 'extensions'];

/** What yoga answers without a word. */
const silent: Readonly<Record<number, string>> = {
  404: 'There is nothing at this address: the page is at /, GraphQL and GraphiQL are at /graphql, files of runs at /runs.jsonl, rows for sweeps are sent to /rows, how the server is at /health and /ready',
  406: 'Answers are application/json or application/graphql-response+json, those of subscriptions text/event-stream; let the header Accept name one of them',
};

export const explainBadRequests: Plugin = {
  onResponse: ({ response, setResponse, fetchAPI }) => {
    const message = silent[response.status];
    if (message === undefined || response.headers.get('content-type')) return;
    const { status, headers } = response;
    const body = refusalBody(status, message);
    setResponse(
      new fetchAPI.Response(body, {
        status,
        headers: { ...Object.fromEntries(headers), 'content-type': 'application/json' },
      }),
    );
  },
  onRequestParse: ({ request, requestParser, setRequestParser }) => {
    if (!['GET', 'POST'].includes(request.method))
      throw refusal(405, 'GraphQL is asked by POST, or by GET', { Allow: 'GET, POST, OPTIONS' });
    // A form is one that any page can have sent, though yoga would read it.
    if (request.method === 'POST' && (!requestParser || hasTypeOfForms(request.headers)))
      throw refusal(415, 'Send the request as JSON, with the header Content-Type: application/json');
    if (!requestParser) return;
    setRequestParser(async (read) => {
      const asked = await parsed(() => requestParser(read));
      if (Array.isArray(asked)) return asked;
      if (Object.keys(asked).some((field) => !fields.includes(field)))
        throw refusal(400, `A request has the fields ${fields.join(', ')}, and no others`);
      if (typeof (asked as GraphQLParams).query !== 'string')
        throw refusal(
          400,
          'A request says what it asks for: in the body of a POST by {"query": "{ __typename }"}, in the address of a GET by ?query={__typename}; a browser that accepts text/html is shown GraphiQL',
        );
      return asked;
    });
  },
};

/** JSON.parse repeats a part of what it was given, and yoga passes that on. */
async function parsed<Result>(parse: () => Result): Promise<Awaited<Result>> {
  try {
    return await parse();
  } catch (error) {
    if (error instanceof SyntaxError)
      throw refusal(400, 'variables and extensions have to be JSON objects; one of them is no valid JSON');
    if (error instanceof GraphQLError && error.extensions.originalError)
      throw refusal(400, 'The body is no valid JSON; send an object like {"query": "{ __typename }", "variables": {}}');
    throw error;
  }
}

function refusal(status: number, message: string, headers: Record<string, string> = {}): GraphQLError {
  const code: RefusalCode = 'BAD_REQUEST';
  return new GraphQLError(message, { extensions: { code, http: { status, headers } } });
}
