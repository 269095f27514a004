/** What the client needs of the package `graphql`: in the page documents are texts (`src/build/documents.ts`). */
import type { DocumentNode } from 'graphql';

export function print(document: DocumentNode): string {
  return String(document);
}
