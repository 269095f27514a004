import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { buildSchema, getNamedType, isEnumType, isInputObjectType, isScalarType, parse, validate } from 'graphql';
import { LensDocument, MovesDocument, PathsDocument, RunsDocument } from '../../client/generated/graphql.ts';
import { enumerations } from './literal.ts';
import { toGraphQL, toPython, toTypeScript } from './query.ts';
import type { Asked } from './takeaway.ts';

const schema = buildSchema(readFileSync(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8'));
const url = 'http://localhost:4000/graphql';
const input = {
  model: 'sample',
  prompt: { text: 'He said "no",\nthen \\ left \u2028 """ $x \ud800' },
  method: 'ATTN_LRP',
  target: { kind: 'LOGIT', token: { tokenId: 5 } },
} as const;

function asked<Document>(document: Document, variables: Record<string, unknown>): Asked {
  return { document: document as Asked['document'], variables };
}

const moves = asked(MovesDocument, { input, keep: ['LAYER', 'HEAD'], path: 'TOTAL', edges: 5, threshold: 0.5 });

describe('The query behind a view, as GraphQL', () => {
  it('is a document of the schema that needs no variables, its fragments in it once', () => {
    const text = toGraphQL([moves, asked(PathsDocument, { input, first: 3 })]);
    assert.deepEqual(validate(schema, parse(text)), []);
    assert.match(text, /\$keep: \[MoveAxis!\]! = \[LAYER, HEAD\], \$path: MovePath! = TOTAL/);
    assert.match(text, /method: ATTN_LRP/);
    assert.equal(text.match(/^fragment RunParts /gm)?.length, 1);
  });

  it('tells two questions by one document apart by their names, and has the same one once', () => {
    const other = asked(MovesDocument, { ...moves.variables, edges: 6 });
    const text = toGraphQL([moves, other, moves]);
    assert.deepEqual(validate(schema, parse(text)), []);
    assert.deepEqual(
      Array.from(text.matchAll(/^query (\w+)/gm), ([, name]) => name),
      ['Moves', 'Moves2'],
    );
  });

  it('has what is too long for a document in a comment', () => {
    const tokenIds = Array.from({ length: 4000 }, (_, id) => id);
    const long = asked(LensDocument, { input: { model: 'sample', prompt: { tokenIds } } });
    const text = toGraphQL([long]);
    assert.doesNotThrow(() => parse(text, { maxTokens: 2000 }));
    assert.deepEqual(JSON.parse(text.match(/^# Lens with the variables (.*)$/m)?.[1] ?? ''), long.variables);
  });

  it('writes a text that stands in a filter as a text', () => {
    const text = toGraphQL([asked(RunsDocument, { first: 5, filter: { prompt: 'FROZEN', methods: ['FROZEN'] } })]);
    assert.match(text, /prompt: "FROZEN", methods: \[FROZEN\]/);
  });

  it('knows each field of the schema that is an enumeration, and none that is a text', () => {
    const fields = Object.values(schema.getTypeMap())
      .filter(isInputObjectType)
      .flatMap((type) => Object.values(type.getFields()));
    const named = (isMeant: (type: unknown) => boolean) =>
      new Set(fields.filter(({ type }) => isMeant(getNamedType(type))).map(({ name }) => name));
    assert.deepEqual([...named(isEnumType)].sort(), [...enumerations].sort());
    assert.deepEqual(
      [...named(isScalarType)].filter((name) => enumerations.has(name)),
      [],
    );
  });
});

describe('The query behind a view, as a program', () => {
  it('imports the documents that it asks, each once', () => {
    const text = toTypeScript([moves, asked(PathsDocument, { input, first: 3 }), { ...moves, variables: {} }], url);
    assert.match(text, /^import \{ MovesDocument, PathsDocument \} from 'tributary-client\/documents';$/m);
    assert.deepEqual(
      Array.from(text.matchAll(/const (answer\d)/g), ([, name]) => name),
      ['answer1', 'answer2', 'answer3'],
    );
  });

  it('has the names of Python for what is no text', () => {
    const text = toPython([asked(PathsDocument, { input, first: 3, from: null, keep: true })], url);
    assert.match(text, /"from": None,\n {2}"keep": True,/);
  });
});
