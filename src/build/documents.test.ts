import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { type DocumentNode, print } from 'graphql';
import * as documents from '../client/generated/graphql.ts';
import { indented } from '../explorer/takeaway/indented.ts';
import { withTexts } from './documents.ts';

it('the page has each document of the client as a text, with all of its fragments, in a module of its own', async () => {
  const file = new URL('../client/generated/graphql.ts', import.meta.url);
  const { code, modules, documents: sent } = withTexts(await readFile(file, 'utf8'));
  const trees = Object.entries(documents).filter(([name]) => name.endsWith('Document'));
  assert.ok(trees.length > 30);
  for (const [name, tree] of trees) {
    assert.match(code, new RegExp(`^export { ${name} } from 'document:${name}';$`, 'm'));
    const text = await exported(modules, `document:${name}`);
    assert.doesNotMatch(text, /^ /m);
    assert.equal(indented(text), print(tree as DocumentNode));
    assert.ok(sent.includes(text));
  }
});

/** The one constant of a module, with the modules that it imports. */
async function exported(modules: ReadonlyMap<string, string>, id: string): Promise<string> {
  const addressOf = (code = '') => `data:text/javascript,${encodeURIComponent(code)}`;
  const linked = modules.get(id)?.replaceAll(/'(document:\w+)'/g, (_, other) => `"${addressOf(modules.get(other))}"`);
  const [text] = Object.values(await import(addressOf(linked)));
  return String(text);
}
