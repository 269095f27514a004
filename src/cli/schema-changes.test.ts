/** What breaks clients is found, and has to be said. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { breakingChanges, newestSection, unsaid } from './schema-changes.ts';

const released = `
  directive @fast(times: Int) on FIELD
  type Query { token(id: Int, text: String): Token  old: Int  any: Any }
  type Token { id: Int!  text: String! }
  type Other { a: Int }
  union Any = Token | Other
  enum Kind { A B }
  input Which { kind: Kind  name: String }
`;

const coordinates = async (change: (schema: string) => string) =>
  (await breakingChanges(released, change(released))).map(({ coordinate }) => coordinate);

describe('a schema', () => {
  it('that changes nothing, or only adds, breaks nothing', async () => {
    assert.deepEqual(await coordinates((schema) => schema), []);
    assert.deepEqual(await coordinates((schema) => schema.replace('old: Int', 'old: Int  young(first: Int): Int')), []);
  });

  it('that takes away, or asks for more, breaks what it is told by', async () => {
    assert.deepEqual(await coordinates((schema) => schema.replace('type Token { id: Int! ', 'type Token { ')), [
      'Token.id',
    ]);
    assert.deepEqual(await coordinates((schema) => schema.replace('text: String!', 'text: String')), ['Token.text']);
    assert.deepEqual(await coordinates((schema) => schema.replace('(id: Int, ', '(')), ['Query.token(id:)']);
    assert.deepEqual(await coordinates((schema) => schema.replace('(id: Int,', '(id: Int!,')), ['Query.token(id:)']);
    assert.deepEqual(await coordinates((schema) => schema.replace('{ A B }', '{ A }')), ['Kind.B']);
    assert.deepEqual(await coordinates((schema) => schema.replace('name: String', 'name: String!')), ['Which.name']);
    assert.deepEqual(await coordinates((schema) => schema.replace('Token | Other', 'Token')), ['Any']);
    assert.deepEqual(await coordinates((schema) => schema.replace('(times: Int)', '')), ['@fast(times:)']);
  });
});

describe('a changelog', () => {
  const changelog = `# Changelog

## 2.0.0 (unreleased)

### Changed

- \`Token.id\` is gone.

## 1.0.0

- \`Token.text\` came.
`;
  const change = (coordinate: string) => ({ coordinate, message: 'is gone' });

  it('says what it names in its newest section, and nothing else', () => {
    const section = newestSection(changelog);
    assert.match(section, /^## 2\.0\.0 \(unreleased\)\n[\s\S]*is gone\.\n$/);
    assert.deepEqual(unsaid([change('Token.id'), change('Token.text'), change('Token')], section), [
      change('Token.text'),
      change('Token'),
    ]);
    assert.deepEqual(unsaid([change('Token.text')], newestSection('# Changelog\n')), [change('Token.text')]);
  });
});
