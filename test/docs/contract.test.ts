/** Each sentence of the contract of a stream names the tests that hold it, and those are there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root, textOf } from './pages.ts';

const page = 'docs/streams.md';
const definition = /^\[([^\]]+)\]: (\S+) (?:"(.*)"|'(.*)')$/gm;
const mark = /\[✓\]\[([^\]]+)\]/g;
const code = /^```[\s\S]*?^```$/gm;
const quote = /^>.*$/gm;
const tableHead = /^\|.*\|\n\| ---.*\|$/gm;

const text = textOf(page);
const held = new Map(
  [...text.matchAll(definition)].map(([, name = '', file = '', double, single]) => [
    name,
    { file, test: double ?? single ?? '' },
  ]),
);

/** Paragraphs, items of lists and rows of tables, each in one line. */
function statements(): string[] {
  const parts = [definition, code, quote, tableHead];
  const [, ...sections] = parts.reduce((rest, part) => rest.replaceAll(part, ''), text).split(/^##+ .*$/m);
  return sections
    .flatMap((section) => section.split(/\n\n+|\n(?=- |\| )/))
    .map((statement) => statement.replaceAll(/\s*\n\s*/g, ' ').trim())
    .filter((statement) => statement !== '');
}

describe('the contract of a stream', () => {
  it('names a test for each of its sentences', () => {
    const all = statements();
    assert.ok(all.length > 50);
    for (const statement of all) {
      const sentences = statement.replaceAll(/`[^`]*`/g, '…').split(/(?:\s*\[✓\]\[[^\]]+\])+/);
      assert.ok(sentences.length > 1 && /^[\s|]*$/.test(sentences.at(-1) ?? ''), `no test holds: ${statement}`);
      for (const sentence of sentences.slice(0, -1))
        assert.doesNotMatch(sentence, /[.!?]\s+\S/, `not every sentence has a test of its own: ${statement}`);
    }
  });

  it('defines every test that it names, and names every one that it defines', () => {
    const named = new Set([...text.matchAll(mark)].map(([, name]) => name));
    assert.deepEqual([...named].sort(), [...held.keys()].sort());
  });

  for (const [name, { file, test }] of held)
    it(`is held by a test that is there: ${name}`, () => {
      const source = readFileSync(join(root, 'docs', file), 'utf8');
      const titles = [
        ...source.matchAll(/\b(?:it|test)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g),
      ];
      const isThere = titles.some(([, single, double, template]) => {
        const title = (single ?? double ?? template ?? '').replaceAll(/\\(.)/g, '$1');
        return template === undefined ? title === test : patternOf(title).test(test);
      });
      assert.ok(isThere, `${file} has no test "${test}"`);
    });
});

/** Of a title with values in it. */
function patternOf(title: string): RegExp {
  const parts = title.split(/\$\{[^}]*\}/).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('.+')}$`);
}
