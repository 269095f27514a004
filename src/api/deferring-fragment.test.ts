/** Which fragment a field is computed with. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { buildSchema, execute, parse } from 'graphql';
import { deferringFragment } from './deferring-fragment.ts';

const schema = buildSchema('type Query { box: Box } type Box { a: Int b: Int c: Int box: Box }');

/** Of each field that is resolved, the label of its fragment. */
function labels(source: string): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {};
  execute({
    schema,
    document: parse(source),
    variableValues: { no: false },
    fieldResolver: (_value, _args, _context, info) => {
      const label = deferringFragment(info)?.directives?.[0]?.arguments?.find(({ name }) => name.value === 'label');
      found[info.path.key] = label?.value.kind === 'StringValue' ? label.value.value : undefined;
      return {};
    },
  });
  return found;
}

it('the innermost one with @defer around a field, and none where none is in force', () => {
  assert.deepEqual(labels('{ box { a ... @defer(label: "one") { b } ... @defer(label: "two") { c } } }'), {
    box: undefined,
    a: undefined,
    b: 'one',
    c: 'two',
  });
  const within = '{ box { ... @defer(label: "one") { a box { b ... on Box { ...C @defer(label: "two") } } } } }';
  assert.deepEqual(labels(`${within} fragment C on Box { c }`), { box: 'one', a: 'one', b: 'one', c: 'two' });
  const off =
    'query ($no: Boolean!) { box { ... @defer(label: "one") { a ... @defer(if: $no, label: "two") { b } } } }';
  assert.deepEqual(labels(off), { box: undefined, a: 'one', b: 'one' });
});
