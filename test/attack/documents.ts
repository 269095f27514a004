/** Documents at random after the grammar of a schema: most are valid or nearly so, all ask for little. */
import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Random } from './random.ts';

export interface Request {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly operationName?: string;
}

const deepest = 7;
const longestPrompt = 6;

const texts = ['The capital', ' Paris', 'a', '', ' '];

/** What a program is seldom tried with. */
const oddTexts = [
  '\u0000',
  '\ud800',
  '\u202e\u{1f469}\u200d\u{1f4bb}',
  "'; DROP TABLE Run; --",
  '../../etc/passwd',
  '%s%n{{7*7}}',
  '__proto__',
  'constructor',
  '\\',
  '"""',
  '#\r\n\t',
  'x'.repeat(20_000),
  '𒀀'.repeat(500),
];
const oddNumbers = [-1, 0, 1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1e308, -1e-308, 0.1, 64, 1000, 1001];

/** Where the type does not say what is meant. */
const known: Readonly<Record<string, readonly unknown[]>> = {
  model: ['llama', 'llama', 'llama', 'sample', 'broken', 'none'],
  name: ['llama', 'llama', 'sample', 'broken', 'none'],
  text: texts,
  experiment: ['first', 'second'],
  first: [0, 1, 2, 5],
  last: [0, 1, 2, 5],
  after: [0, 1],
  top: [0, 1, 5],
  layers: [1, 2, 3],
  steps: [1, 2, 4],
  targets: [1, 2],
  maxTokens: [1, 2, 9],
  temperature: [0.5, 1, 0],
  topK: [1, 5],
  topP: [0.5, 1],
  position: [-1, 0, 1],
  id: [0, 1, 70],
  from: [-1, 0],
};

const times = ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00+02:00', '1970-01-01T00:00:00Z'];

/** Relay's ids of things that there are, or are not. */
const ids = ['Model:llama', 'Model:sample', 'Model:none', 'Run:none', 'Experiment:1', 'Token:1', 'Model:', ':'].map(
  btoa,
);

/** A value as it is written in a document. */
type Literal = string;

export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #random: Random;
  /** Ids that answers told of. */
  readonly #seen: readonly string[];
  readonly #known: Readonly<Record<string, readonly unknown[]>>;
  #definitions: string[] = [];
  #variables: Record<string, unknown> = {};
  #fragments: string[] = [];

  /** @param words values by the name of what takes them, before those that are tried otherwise */
  constructor(
    schema: GraphQLSchema,
    random: Random,
    seen: readonly string[],
    words: Readonly<Record<string, readonly unknown[]>> = {},
  ) {
    this.#schema = schema;
    this.#random = random;
    this.#seen = seen;
    this.#known = { ...known, ...words };
  }

  next(): Request {
    this.#definitions = [];
    this.#variables = {};
    this.#fragments = [];
    const random = this.#random;
    const operation = random.pick(['query', 'query', 'query', 'query', 'mutation', 'subscription'] as const);
    const root = this.#schema.getRootType(operation as never) as GraphQLObjectType;
    const selection = this.#selection(root, deepest, operation === 'query' ? random.between(1, 3) : 1);
    const name = random.chance(0.3) ? ` Q${random.below(3)}` : '';
    const head = name || this.#definitions.length > 0 || operation !== 'query' ? `${operation}${name}` : '';
    const definitions = this.#definitions.length > 0 ? `(${this.#definitions.join(', ')})` : '';
    return {
      query: [`${head}${definitions} ${selection}`, ...this.#fragments].join('\n'),
      variables: this.#variables,
      ...(name && random.chance(0.9) && { operationName: name.trim() }),
    };
  }

  #selection(type: GraphQLCompositeType, depth: number, count = this.#random.between(1, 4)): string {
    const random = this.#random;
    if (isAbstractType(type)) {
      const members = this.#schema.getPossibleTypes(type);
      const chosen = new Set([random.pick(members), random.pick(members)]);
      const parts = Array.from(chosen, (member) => `... on ${member.name} ${this.#selection(member, depth - 1)}`);
      return `{ ${['__typename', ...parts].join(' ')} }`;
    }
    const fields = Object.values(type.getFields()).filter(
      (field) => depth > 1 || !isCompositeType(getNamedType(field.type)),
    );
    if (fields.length === 0) return '{ __typename }';
    const chosen = new Set(Array.from({ length: count }, () => random.pick(fields)));
    const parts = Array.from(chosen, (field) => this.#field(field, depth));
    if (random.chance(0.02)) parts.push(random.pick(['__typename', 'nothing', '__schema { types { name } }']));
    if (isObjectType(type) && random.chance(0.05)) {
      const name = `F${this.#fragments.length}`;
      this.#fragments.push(
        `fragment ${name} on ${type.name} { ${parts.join(' ')} ${random.chance(0.05) ? `...${name}` : ''} }`,
      );
      return `{ ...${name} }`;
    }
    return `{ ${parts.join(' ')} }`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const random = this.#random;
    const alias = random.chance(0.05) ? `${random.pick(['a', 'b', 'id', 'constructor', '__proto__', 'then'])}: ` : '';
    const values = field.args.flatMap((argument) => {
      if (!isRequired(argument) && random.chance(0.5)) return [];
      return random.chance(0.005) ? [] : [`${argument.name}: ${this.#argument(argument)}`];
    });
    if (random.chance(0.005)) values.push('odd: 1');
    const given = values.length > 0 ? `(${values.join(', ')})` : '';
    const directive = random.chance(0.02)
      ? random.pick([' @include(if: true)', ' @skip(if: false)', ' @skip', ' @defer', ' @none(a: 1)'])
      : '';
    const type = getNamedType(field.type);
    return `${alias}${field.name}${given}${directive}${isCompositeType(type) ? ` ${this.#selection(type, depth - 1)}` : ''}`;
  }

  /** Written there, or as a variable. */
  #argument({ name, type }: GraphQLArgument): Literal {
    const value = this.#value(name, type);
    if (!this.#random.chance(0.3)) return this.#literal(value, type);
    const variable = `v${this.#definitions.length}`;
    const declared = this.#random.chance(0.02) ? this.#random.pick(['Int', '[Nothing!]', 'String!']) : String(type);
    this.#definitions.push(`$${variable}: ${declared}`);
    if (!this.#random.chance(0.03)) this.#variables[variable] = value;
    return `$${variable}`;
  }

  #value(name: string, type: GraphQLInputType): unknown {
    const random = this.#random;
    if (random.chance(0.015)) return this.#odd();
    if (isNonNullType(type)) return random.chance(0.005) ? null : this.#value(name, type.ofType);
    if (isListType(type)) {
      const item = type.ofType;
      return Array.from({ length: random.between(1, longestPrompt) }, () => this.#value(name, item));
    }
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const chosen = type.isOneOf
        ? [random.pick(fields)]
        : fields.filter((field) => isRequired(field) || random.chance(0.3));
      return Object.fromEntries(chosen.map((field) => [field.name, this.#value(field.name, field.type)]));
    }
    if (type.name === 'Boolean') return random.chance(0.5);
    if (type.name === 'Int' && (name === 'tokenIds' || name === 'track'))
      return random.below(name === 'track' ? 2 : 280);
    if (type.name === 'ID') return random.pick(this.#seen.length > 0 && random.chance(0.7) ? this.#seen : ids);
    if (type.name === 'DateTime') return random.pick(times);
    const value = random.pick(this.#known[name] ?? (type.name === 'String' ? texts : [0, 1, 2]));
    return type.name === 'String' ? String(value) : value;
  }

  #odd(): unknown {
    const random = this.#random;
    return random.pick([
      () => random.pick(oddTexts),
      () => random.pick(oddNumbers),
      () => null,
      () => [[]],
      () => ({}),
    ])();
  }

  #literal(value: unknown, type: GraphQLInputType): Literal {
    if (isNonNullType(type)) return this.#literal(value, type.ofType);
    if (Array.isArray(value))
      return `[${value.map((item) => this.#literal(item, isListType(type) ? type.ofType : type)).join(', ')}]`;
    if (typeof value === 'object' && value !== null) {
      const fields = isInputObjectType(type) ? type.getFields() : {};
      const written = Object.entries(value).map(
        ([name, part]) => `${name}: ${this.#literal(part, fields[name]?.type ?? type)}`,
      );
      return `{ ${written.join(', ')} }`;
    }
    const named = getNamedType(type);
    return typeof value === 'string' && isEnumType(named) ? value : JSON.stringify(value);
  }
}

function isRequired({
  type,
  defaultValue,
}: {
  readonly type: GraphQLInputType;
  readonly defaultValue?: unknown;
}): boolean {
  return isNonNullType(type) && defaultValue === undefined;
}

/** A few bytes changed, left out, doubled, put in, or moved. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let result = bytes;
  for (let count = random.between(1, 4); count > 0; count--) {
    const at = random.below(result.length + 1);
    const to = Math.min(result.length, at + random.between(1, 12));
    const [before, part, after] = [result.subarray(0, at), result.subarray(at, to), result.subarray(to)];
    result = Buffer.concat(
      random.pick([
        () => [before, after],
        () => [before, part, part, after],
        () => [before, random.bytes(random.between(1, 4)), after],
        () => [before, Buffer.from(random.pick([...'{}()[]!$@:,."#&|= \n', '"""', '...', '\u0000', '\ufeff'])), after],
        () => [before, Buffer.from(part).reverse(), after],
        () => [before],
        () => [part, before, after],
      ])(),
    );
  }
  return result;
}
