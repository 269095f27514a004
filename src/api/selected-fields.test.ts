/** What is read of a document is what an executor resolves of it, whatever its form and its aliases. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  buildSchema,
  execute,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isAbstractType,
  isListType,
  isObjectType,
  NoUnusedVariablesRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { type SelectedField, selectedFields } from './selected-fields.ts';

const schema = buildSchema(`
  interface Thing { size(unit: Unit! = METRE): Int  parts(first: Int = 2, of: [Unit!]): [[Thing!]!]! }
  type Box implements Thing { size(unit: Unit! = METRE): Int  parts(first: Int = 2, of: [Unit!]): [[Thing!]!]!  lid: Box! }
  type Bag implements Thing { size(unit: Unit! = METRE): Int  parts(first: Int = 2, of: [Unit!]): [[Thing!]!]!  strap: [Any!] }
  type Fault { message: String }
  union Any = Box | Bag | Fault
  enum Unit { METRE FOOT }
  type Query { anything: [Any!]! }
`);

/** What can be selected of each type: the call, and the type of what is selected of its value. */
const calls: Record<string, readonly (readonly [call: string, of?: string])[]> = {
  Thing: [
    ['size'],
    ['size(unit: FOOT)'],
    ['size(unit: $unit)'],
    ['parts', 'Thing'],
    ['parts(first: 3, of: METRE)', 'Thing'],
    ['parts(first: $first, of: [FOOT, $unit])', 'Thing'],
  ],
  Box: [['size'], ['parts', 'Thing'], ['lid', 'Box']],
  Bag: [['size(unit: FOOT)'], ['parts(first: 3, of: METRE)', 'Thing'], ['strap', 'Any']],
  Fault: [['message']],
  Any: [],
};
const conditions: Record<string, readonly string[]> = {
  Thing: ['Thing', 'Box', 'Bag', 'Any'],
  Box: ['Box', 'Thing', 'Any'],
  Bag: ['Bag', 'Thing', 'Any'],
  Fault: ['Fault', 'Any'],
  Any: ['Any', 'Box', 'Bag', 'Fault', 'Thing'],
};
const aliases = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'name', 'length', 'then', 'a', 'B', '_'];
const allCalls = [...new Set(Object.values(calls).flatMap((of) => of.map(([call]) => call)))];

/** A name for each call, so that no two of them meet under one key: what a document without conflicts is. */
const names = fc
  .tuple(fc.shuffledSubarray(aliases, { minLength: allCalls.length }), fc.array(fc.boolean(), { minLength: 20 }))
  .map(
    ([chosen, plain]) =>
      new Map(allCalls.map((call, index) => [call, !call.includes('(') && plain[index] ? '' : `${chosen[index]}: `])),
  );

const directives = fc.constantFrom(
  ...['', '', '', '@skip(if: $yes)', '@skip(if: $no)', '@include(if: $yes)', '@include(if: $no)', '@skip(if: true)'],
  '@include(if: true) @skip(if: $unset)',
);

type Part =
  | { readonly call: string; readonly directive: string; readonly of: readonly Part[] | undefined }
  | { readonly on: string; readonly directive: string; readonly named: boolean; readonly of: readonly Part[] };

function partsOf(type: string, depth: number): fc.Arbitrary<readonly Part[]> {
  const fields = (calls[type] ?? [])
    .filter(([, of]) => of === undefined || depth > 0)
    .map(([call, of]) =>
      fc.record({
        call: fc.constant(call),
        directive: directives,
        of: of ? partsOf(of, depth - 1) : fc.constant(undefined),
      }),
    );
  const fragments = (depth > 0 ? (conditions[type] ?? []) : []).map((on) =>
    fc.record({ on: fc.constant(on), directive: directives, named: fc.boolean(), of: partsOf(on, depth - 1) }),
  );
  return fc.array(
    fc.oneof(...fields, ...fragments, fc.constant({ call: '__typename', directive: '', of: undefined })),
    {
      maxLength: 4,
    },
  );
}

/** The document in which each call has this name; every fragment is spread twice. */
function written(parts: readonly Part[], nameOf: ReadonlyMap<string, string>): string {
  const fragments: string[] = [];
  const write = (all: readonly Part[]): string =>
    `{ __typename ${all
      .map((part) => {
        if ('call' in part) {
          return `${nameOf.get(part.call) ?? ''}${part.call} ${part.directive} ${part.of ? write(part.of) : ''}`;
        }
        if (!part.named) return `... on ${part.on} ${part.directive} ${write(part.of)}`;
        const body = write(part.of);
        const name = `F${fragments.length}`;
        fragments.push(`fragment ${name} on ${part.on} ${body}`);
        return `...${name} ${part.directive} ...${name}`;
      })
      .join(' ')} }`;
  const body = write(parts);
  const head = '$unit: Unit! = FOOT, $first: Int, $yes: Boolean!, $no: Boolean!, $unset: Boolean! = false';
  return `query (${head}) { anything ${body} } ${fragments.join(' ')}`;
}

const lineOf = (above: string, type: string, name: string, args: object) =>
  `${above}/${type}.${name}(${JSON.stringify(args)})`;

function linesOf(fields: readonly SelectedField[], above = ''): string[] {
  return fields.flatMap((field) => {
    const line = lineOf(above, field.type, field.name, field.args);
    return [line, ...linesOf(field.fields(), line)];
  });
}

/** A value of the type, each list with one of every type that it may hold. */
function sampleOf(type: GraphQLOutputType, line: string): unknown {
  const inner = getNullableType(type);
  const named = getNamedType(type);
  if (!isListType(inner)) return isObjectType(named) ? { line } : null;
  if (isListType(getNullableType(inner.ofType))) return [sampleOf(inner.ofType, line)];
  const objects = isAbstractType(named) ? schema.getPossibleTypes(named) : [named];
  return objects.map(({ name }) => ({ __typename: name, line }));
}

/** What is read of a document below `anything`, and what the executor resolves there. */
async function read(source: string): Promise<{ selected: string[]; resolved: string[] }> {
  let selected: string[] | undefined;
  const resolved: string[] = [];
  const fieldResolver: GraphQLFieldResolver<{ line: string } | undefined, unknown> = (value, args, _, info) => {
    if (!value) {
      selected = linesOf(selectedFields(info));
      return sampleOf(info.returnType, '');
    }
    const line = lineOf(value.line, info.parentType.name, info.fieldName, args);
    resolved.push(line);
    return sampleOf(info.returnType, line);
  };
  const variableValues = { first: 5, yes: true, no: false };
  const document = parse(source);
  const faults = validate(
    schema,
    document,
    specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule),
  );
  const { errors = [] } = await execute({ schema, document, fieldResolver, variableValues });
  assert.deepEqual([...faults, ...errors], [], source);
  assert.ok(selected);
  return { selected: selected.sort(), resolved: resolved.sort() };
}

describe('the fields that a document selects', () => {
  it('are those that an executor resolves, with the arguments that it gives them', async () => {
    await fc.assert(
      fc.asyncProperty(partsOf('Any', 4), names, async (parts, nameOf) => {
        const { selected, resolved } = await read(written(parts, nameOf));
        assert.deepEqual(selected, resolved);
      }),
      { numRuns: 300 },
    );
  });

  it('are read once, however often the fragments are spread that they stand in', async () => {
    const depth = 30;
    const fragments = Array.from({ length: depth }, (_, index) => {
      const next = `...F${index + 1} size`;
      return `fragment F${index} on Box { ${next} lid { ${next} } ${next} lid { ${next} } }`;
    });
    const source = `{ anything { ...F0 ...F0 } } ${fragments.join(' ')} fragment F${depth} on Box { size }`;
    const { selected, resolved } = await read(source);
    assert.deepEqual(selected, resolved);
  });

  it('are deferred where all that selects them is in fragments with @defer', async () => {
    const deferred = async (source: string) => {
      const seen: string[] = [];
      const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (_value, _args, _context, info) => {
        const note = (fields: readonly SelectedField[], path = ''): void => {
          for (const field of fields) {
            if (field.deferred) seen.push(`${path}${field.name}`);
            note(field.fields(), `${path}${field.name}.`);
          }
        };
        note(selectedFields(info));
        return [];
      };
      await execute({ schema, document: parse(source), fieldResolver, variableValues: { yes: true, no: false } });
      return seen;
    };
    const size = 'fragment Size on Box { size }';
    assert.deepEqual(await deferred('{ anything { ... on Box { size ... @defer { lid { size } } } } }'), ['lid']);
    assert.deepEqual(await deferred(`{ anything { ...Size @defer ...Size } } ${size}`), []);
    assert.deepEqual(await deferred(`{ anything { ...Size ...Size @defer } } ${size}`), []);
    assert.deepEqual(await deferred(`{ anything { ...Size @defer ...Size @defer } } ${size}`), ['size']);
    assert.deepEqual(
      await deferred('{ anything { ... on Box { lid { size } ... @defer { lid { size parts { size } } } } } }'),
      ['lid.parts'],
    );
    const within =
      '{ anything { ... on Box @defer(if: $yes) { lid { ... @defer { size } } ... @defer(if: $no) { size } } } }';
    assert.deepEqual(await deferred(`query ($yes: Boolean!, $no: Boolean!) ${within}`), ['lid', 'lid.size', 'size']);
    assert.deepEqual(await deferred('{ anything { ... on Box { ... @defer(if: false) { size } } } }'), []);
  });
});
