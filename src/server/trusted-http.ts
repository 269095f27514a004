import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { type DocumentRequest, documentIdOf, type TrustedDocuments } from './trusted-documents.ts';

/** Puts the text of a trusted document in the place of its hash, and refuses all others. To stand before what reads requests. */
export function trustedOnly(documents: TrustedDocuments): Plugin {
  return {
    onRequestParse: ({ url, requestParser, setRequestParser }) => {
      if (!requestParser) return;
      setRequestParser(async (read) => {
        const asked = await requestParser(read);
        if (Array.isArray(asked)) return asked;
        const { documentId, ...rest } = asked as GraphQLParams & DocumentRequest;
        const id = documentId ?? url.searchParams.get('documentId') ?? documentIdOf(rest);
        return { ...rest, query: documents.textOf({ query: rest.query, documentId: id }) };
      });
    },
  };
}
