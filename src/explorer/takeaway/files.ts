/** What a view's takeaway is as files: text and names; a picture as an SVG. */
import type { Palette } from '../drawing/palette.ts';
import { toSvg } from '../drawing/svg.ts';
import { toCsv } from './csv.ts';
import { toGraphQL, toPython, toTypeScript } from './query.ts';
import type { Table, Takeaway } from './takeaway.ts';

/** What was explained. */
export interface Source {
  readonly question: { readonly model: string };
  /** Undefined as long as there is none. */
  readonly run: { readonly id: string; readonly contentHash: string; readonly createdAt: string } | undefined;
  /** Of the model; undefined where it is gone. */
  readonly revision: string | undefined;
}

/** Where the figures come from. */
export interface Origin {
  /** One, or two that stand side by side. */
  readonly explained: readonly Source[];
  /** Of the GraphQL endpoint. */
  readonly url: string;
  /** That opens what is shown. */
  readonly link: string | undefined;
}

export interface TextFile {
  /** In the menu: `CSV: scores`. */
  readonly label: string;
  readonly name: string;
  /** Media type. */
  readonly type: string;
  readonly text: () => string;
}

/** Everything but the PNG. Texts are made when they are asked for. */
export function textFiles(takeaway: Takeaway, origin: Origin, palette: Palette): readonly TextFile[] {
  const name = (ending: string, table?: string) => fileName(takeaway.name, origin, ending, table);
  const tables = takeaway.tables();
  const asked = takeaway.asked();
  const queries: readonly TextFile[] = [
    { label: 'GraphQL', name: name('graphql'), type: 'application/graphql', text: () => toGraphQL(asked) },
    { label: 'TypeScript', name: name('ts'), type: 'text/plain', text: () => toTypeScript(asked, origin.url) },
    { label: 'Python', name: name('py'), type: 'text/x-python', text: () => toPython(asked, origin.url) },
  ];
  return [
    {
      label: 'SVG',
      name: name('svg'),
      type: 'image/svg+xml',
      text: () => toSvg(takeaway.picture(palette)),
    },
    ...tables.map((table) => ({
      label: tables.length > 1 ? `CSV: ${table.name}` : 'CSV',
      name: name('csv', tables.length > 1 ? table.name : undefined),
      type: 'text/csv;charset=utf-8',
      text: () => toCsv(table),
    })),
    ...(tables.length > 0
      ? [{ label: 'JSON', name: name('json'), type: 'application/json', text: () => toJson(tables, origin) }]
      : []),
    ...(asked.length > 0 ? queries : []),
  ];
}

/** `tributary-tokens-sample-90c2fcc9.csv`. */
export function fileName(view: string, { explained: [first] }: Origin, ending: string, table?: string): string {
  const parts = ['tributary', view, first?.question.model, first?.run && lastOf(first.run.id), table];
  return `${parts
    .filter((part) => part !== undefined)
    .map((part) => part.replace(/[^\p{L}\p{N}._]+/gu, '-').replace(/^-|-$/g, ''))
    .join('-')}.${ending}`;
}

/** The end of an id tells it from those that were given at the same time. */
function lastOf(id: string): string {
  return id.replace(/[^a-z0-9]/gi, '').slice(-8);
}

/** Rows as objects would repeat their columns: they are lists in the order of `columns`. */
function toJson(tables: readonly Table[], { explained, link }: Origin): string {
  const sources = explained.map(({ question, run, revision }) => ({
    question,
    run: run ? { id: run.id, contentHash: run.contentHash, createdAt: run.createdAt } : null,
    model: { name: question.model, revision: revision ?? null },
  }));
  return `${JSON.stringify({ explained: sources, link: link ?? null, tables }, null, 2)}\n`;
}
