import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from '@babel/parser';
import { mutate, mutationsOf } from './mutations.ts';

/** All that becomes of a source, in the order of the places that change. */
const cases: readonly (readonly [what: string, source: string, mutants: readonly string[]])[] = [
  ['flip comparisons', 'const x = a < b;', ['const x = a <= b;', 'const x = a >= b;']],
  ['flip equality', 'const x = a === b;', ['const x = a !== b;']],
  ['swap arithmetic', 'const x = a + b * c;', ['const x = a - b * c;', 'const x = a + b / c;']],
  ['swap arithmetic that assigns, and remove it', 'x -= b;', [';', 'x += b;']],
  ['spare the joining of texts', "const x = a + 'b' + c;", []],
  ['negate conditions', 'if (a) b();', ['if (!(a)) b();', 'if (a) ;']],
  ['negate conditions of values', 'const x = b ? c : d;', ['const x = !(b) ? c : d;']],
  ['negate conditions of loops', 'while (a) b();', ['while (!(a)) b();', 'while (a) ;']],
  ['drop what stands in for nothing', 'const x = a ?? b;', ['const x = a;']],
  [
    'drop either side of a choice',
    'const x = (a || b) && c;',
    ['const x = (a) && c;', 'const x = (b) && c;', 'const x = (a || b);', 'const x = c;'],
  ],
  ['drop waiting', 'const x = await a(b);', ['const x = a(b);']],
  ['remove calls, waited for or not', 'a();\nawait b();', [';\nawait b();', 'a();\n;', 'a();\nb();']],
  ['swap true and false', 'const x = [true, false];', ['const x = [false, false];', 'const x = [true, true];']],
  ['swap 0 and 1', 'const x = [0, 1, 2];', ['const x = [1, 1, 2];', 'const x = [0, 0, 2];']],
  [
    'swap some and every, least and largest',
    'const x = a.some(Math.min);',
    ['const x = a.every(Math.min);', 'const x = a.some(Math.max);'],
  ],
  ['know methods of all objects from their own', 'const x = a.toString;', []],
  ['empty blocks', 'function f() { return a; }', ['function f() {}']],
  ['leave types, imports and comments alone', "import a from 'b';\ntype C = 0 | true;\n// d < 1\nlet e: 1 = f!;", []],
  [
    'look into what types are said of',
    'const x = (a < b) as boolean;',
    ['const x = (a <= b) as boolean;', 'const x = (a >= b) as boolean;'],
  ],
];

describe('the mutations of a source', () => {
  for (const [what, source, mutants] of cases) {
    it(what, () => {
      const found = mutationsOf(source).map((mutation) => mutate(source, mutation));
      assert.deepEqual(found.sort(), [...mutants].sort());
    });
  }

  it('tell the line that they change', () => {
    const lines = mutationsOf('const x =\n  a +\n  (b\n    < c);').map(({ line }) => line);
    assert.deepEqual([...new Set(lines)].sort(), [2, 4]);
  });

  it('leave a source that can be parsed, and another one', () => {
    for (const file of globSync('src/checkpoint/*.ts')) {
      const source = readFileSync(file, 'utf8');
      for (const mutation of mutationsOf(source)) {
        const mutant = mutate(source, mutation);
        assert.notEqual(mutant, source);
        assert.doesNotThrow(
          () => parse(mutant, { sourceType: 'module', plugins: ['typescript'] }),
          `${file}:${mutation.line} ${mutation.replacement}`,
        );
      }
    }
  });
});
