import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { print } from 'graphql';
import * as documents from '../../client/generated/graphql.ts';
import { indented } from './indented.ts';

describe('A document of the client', () => {
  const printed = Object.values(documents)
    .filter((one) => typeof one === 'object' && 'kind' in one)
    .map((one) => print(one));

  it('is read as graphql prints it, though the page has it without indentation', () => {
    assert.ok(printed.length > 30);
    for (const text of printed) {
      assert.equal(indented(text.replace(/^ +/gm, '')), text);
      assert.equal(indented(text), text);
    }
  });
});
