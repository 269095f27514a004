/**
 * What any web page can make its reader's browser send, without being asked first whether it may: the address of an image,
 * a form. Such a GET reads and starts nothing; such a POST is none at all, see `bad-requests.ts`. What pages send otherwise
 * the browser asks about first, see `names.ts`.
 */
import { type ASTNode, GraphQLError, type ValidationRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Any of these makes a browser ask before it sends a page's request. Apollo's clients and servers know two of them. */
const telling = ['graphql-require-preflight', 'apollo-require-preflight', 'x-apollo-operation-name'];

/** Media types that forms have; with any other, or one that is none, a browser asks first. */
const ofForms = ['', 'application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

export const readOnlyPlainRequests: Plugin = {
  onValidate: ({ context, addValidationRule }) => {
    const { request } = context as { request?: Request };
    if (request?.method === 'GET' && isPlain(request.headers)) addValidationRule(readsOnly);
  },
};

function isPlain(headers: Headers): boolean {
  // Pages of origins that are not allowed have been refused by now.
  const ofOwnPage = headers.has('origin') || headers.get('sec-fetch-site') === 'same-origin';
  return !ofOwnPage && hasTypeOfForms(headers) && !telling.some((name) => headers.get(name));
}

export function hasTypeOfForms(headers: Headers): boolean {
  const [type = ''] = (headers.get('content-type') ?? '').split(/[;,]/);
  return ofForms.includes(type.trim().toLowerCase());
}

/** The fields that start something say so in the schema. */
const readsOnly: ValidationRule = (context) => {
  let refused = false;
  const refuse = (node: ASTNode, what: string) => {
    // Once: what stands in what is refused may start something too.
    if (refused) return;
    refused = true;
    const right = `send it by POST as application/json, or with the header ${telling[0]}: 1`;
    const message = `A GET that any page can have sent ${what}; ${right}`;
    const extensions = { code: 'FORBIDDEN', http: { status: 403, spec: false } };
    context.reportError(new GraphQLError(message, { nodes: node, extensions }));
  };
  return {
    OperationDefinition(node) {
      if (node.operation === 'subscription') refuse(node, 'follows nothing');
    },
    Field(node) {
      const field = context.getFieldDef();
      if (field?.extensions.computes) refuse(node, `starts nothing, as \`${field.name}\` does`);
    },
  };
};
