/** What a view gives to take along: its picture, its figures, and the queries behind it. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { Palette } from '../drawing/palette.ts';
import type { Scene } from '../drawing/scene.ts';

export interface Table {
  readonly name: string;
  /** With units: `score (logits)`. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** A document of the typed client, and what it was asked with. */
export interface Asked {
  readonly document: TypedDocumentNode<unknown, never>;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Takeaway {
  /** Of files: `tokens`. */
  readonly name: string;
  /** Made when it is asked for, of what is on the page then. */
  readonly picture: (palette: Palette) => Scene;
  readonly tables: () => readonly Table[];
  readonly asked: () => readonly Asked[];
}
