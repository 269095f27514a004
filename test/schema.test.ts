/** The contract with clients: every part of it is described, and the committed copy is the real one. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { schema } from '../src/api/schema.ts';

describe('the schema', () => {
  it('is the one that schema/schema.graphql holds', async () => {
    const committed = await readFile(new URL('../schema/schema.graphql', import.meta.url), 'utf8');
    assert.equal(
      committed,
      `${printSchema(lexicographicSortSchema(schema))}\n`,
      'npm run generate brings it up to date',
    );
  });

  it('describes every type, field, argument and enum value', () => {
    const silent: string[] = [];
    const expect = (description: string | null | undefined, what: string) => {
      if (!description?.trim()) silent.push(what);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
      expect(type.description, type.name);
      if (isEnumType(type) && type.name !== 'Architecture')
        for (const value of type.getValues()) expect(value.description, `${type.name}.${value.name}`);
      if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        expect(field.description, `${type.name}.${field.name}`);
        if (!('args' in field)) continue;
        for (const argument of field.args) expect(argument.description, `${type.name}.${field.name}(${argument.name})`);
      }
    }
    assert.deepEqual(silent, []);
  });
});
