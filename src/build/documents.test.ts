import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { it } from 'node:test';
import { type DocumentNode, print } from 'graphql';
import * as documents from '../client/generated/graphql.ts';
import { indented } from '../explorer/takeaway/indented.ts';
import { withTexts } from './documents.ts';

it('the page has each document of the client as a text, with all of its fragments', async () => {
  const file = new URL('../client/generated/graphql.ts', import.meta.url);
  const code = stripTypeScriptTypes(withTexts(await readFile(file, 'utf8')));
  const texts: Record<string, unknown> = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const trees = Object.entries(documents).filter(([name]) => name.endsWith('Document'));
  assert.ok(trees.length > 30);
  for (const [name, tree] of trees) {
    assert.doesNotMatch(String(texts[name]), /^ /m);
    assert.equal(indented(String(texts[name])), print(tree as DocumentNode));
  }
});
