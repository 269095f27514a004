/** JSON values as literals of languages: what a query was asked with, ready to paste. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

interface Language {
  readonly key: (name: string) => string;
  /** Other than in JSON. */
  readonly words: Readonly<Record<string, string>>;
  /** Of a text; by default in JSON's quotes. @param key under which it stands */
  readonly text?: (text: string, key: string | undefined) => string;
}

/** Fields of inputs in the schema that are enumerations: GraphQL writes their values without quotes. */
export const enumerations: ReadonlySet<string> = new Set([
  'composition',
  'figures',
  'kind',
  'kinds',
  'method',
  'methods',
  'pairBy',
  'statuses',
]);

/** No language has halves of characters in its texts. */
const quoted = (text: string) => JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd'));

export const languages = {
  graphql: {
    key: (name) => name,
    words: {},
    text: (text, key) => (key !== undefined && enumerations.has(key) ? text : quoted(text)),
  },
  /** GraphQL, of a value that is an enumeration's. */
  enumeration: { key: (name) => name, words: {}, text: (text) => text },
  typescript: { key: (name) => (/^[a-z_$][\w$]*$/i.test(name) ? name : quoted(name)), words: {} },
  python: { key: quoted, words: { true: 'True', false: 'False', null: 'None' } },
} as const satisfies Readonly<Record<string, Language>>;

const longestLine = 100;

/** @param key under which the value stands */
export function literal(value: Json, language: Language, indent = '', key?: string): string {
  if (typeof value === 'string') return (language.text ?? quoted)(value, key);
  if (value === null || typeof value !== 'object') return language.words[String(value)] ?? String(value);
  const inner = `${indent}  `;
  const isList = isArray(value);
  const parts = isList
    ? value.map((part) => literal(part, language, inner, key))
    : Object.entries(value).flatMap(([name, part]) =>
        part === undefined ? [] : [`${language.key(name)}: ${literal(part, language, inner, name)}`],
      );
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const short = isList ? `${open}${parts.join(', ')}${close}` : `${open} ${parts.join(', ')} ${close}`;
  if (parts.length === 0) return open + close;
  if (isList || (indent.length + short.length <= longestLine && !short.includes('\n'))) return short;
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}${close}`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
