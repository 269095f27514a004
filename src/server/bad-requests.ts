/** Requests that cannot be read are told what would be right, and nothing of what they sent. */
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { hasTypeOfForms } from './plain-requests.ts';

const fields = ['query', 'variables', 'operationName', 'extensions'];

export const explainBadRequests: Plugin = {
  onRequestParse: ({ request, requestParser, setRequestParser }) => {
    // A form is one that any page can have sent, though yoga would read it.
    if (request.method === 'POST' && (!requestParser || hasTypeOfForms(request.headers)))
      throw refusal(415, 'Send the request as JSON, with the header Content-Type: application/json');
    if (!requestParser) return;
    setRequestParser(async (read) => {
      const asked = await parsed(() => requestParser(read));
      if (!Array.isArray(asked) && Object.keys(asked).some((field) => !fields.includes(field)))
        throw refusal(400, `A request has the fields ${fields.join(', ')}, and no others`);
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

function refusal(status: number, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });
}
