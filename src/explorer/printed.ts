/** What the client needs of the package `graphql`: in the page documents come printed (`src/build/documents.ts`). */
import type { DocumentNode } from 'graphql';

export function print(document: DocumentNode): string {
  return document.loc?.source.body ?? '';
}
