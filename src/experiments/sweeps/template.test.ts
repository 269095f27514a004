import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TributaryError } from '../../errors.ts';
import { fillTemplate, parseTemplate, requireKnownSlots } from './template.ts';

const faultOf = (text: string) => {
  try {
    parseTemplate(text, 'input.prompt');
  } catch (error) {
    assert.ok(error instanceof TributaryError && error.code === 'INPUT');
    assert.equal(error.details.field, 'input.prompt');
    return error.message;
  }
  return undefined;
};

describe('A template', () => {
  it('is filled with what stands in its slots', () => {
    const template = parseTemplate('When {a} and {b} met, {a} gave it to', 'prompt');
    assert.deepEqual([...template.slots], ['a', 'b']);
    assert.equal(
      fillTemplate(template, { a: 'Mary', b: 'John', c: 'unused' }),
      'When Mary and John met, Mary gave it to',
    );
  });

  it('has a brace where one is written twice', () => {
    const template = parseTemplate('{{"{a}": {{{a}}}}}', 'prompt');
    assert.equal(fillTemplate(template, { a: 'x' }), '{"x": {x}}');
    assert.equal(fillTemplate(parseTemplate('a {{b}} c', 'prompt'), {}), 'a {b} c');
  });

  it('does not take what stands in a slot for a slot', () => {
    assert.equal(fillTemplate(parseTemplate('{a}{b}', 'prompt'), { a: '{b}', b: '{{' }), '{b}{{');
  });

  it('says where a brace is wrong, and what would be right', () => {
    for (const [text, fault] of [
      ['a { b', /character 2 is not closed.*\{name\}/],
      ['a } b', /character 2 closes none/],
      ['{}', /character 0 opens a slot whose name is empty/],
      ['{a{b}}', /character 0 is not closed/],
      ['{ a}', /begins or ends with a space/],
      ['{a\nb}', /control characters/],
      ['{__proto__}', /not taken/],
      [`{${'a'.repeat(101)}}`, /101 characters/],
    ] as const)
      assert.match(faultOf(text) ?? 'none', fault, text);
  });

  it('tells which slot there is not', () => {
    const template = parseTemplate('{a} {c}', 'prompt');
    const require = () => requireKnownSlots(template, new Set(['a', 'b']), 'input.prompt');
    assert.throws(require, { code: 'INPUT', message: 'There is no slot {c}; there are: {a}, {b}' });
  });

  it('finds nothing in a slot that an object has by nature', () => {
    assert.throws(() => fillTemplate(parseTemplate('{constructor}', 'prompt'), {}), /Nothing stands/);
  });

  it('gives back any text and any values, whatever braces they have', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '{', '}', 'é', '\n', '😀') });
    const pieces = fc.array(fc.oneof(text, fc.record({ slot: fc.constantFrom('a', 'b', 'a name') })));
    fc.assert(
      fc.property(pieces, text, text, text, (parts, a, b, c) => {
        const slots = { a, b, 'a name': c };
        const written = parts.map((part) =>
          typeof part === 'string' ? part.replaceAll('{', '{{').replaceAll('}', '}}') : `{${part.slot}}`,
        );
        const plain = parts.map((part) => (typeof part === 'string' ? part : slots[part.slot as keyof typeof slots]));
        assert.equal(fillTemplate(parseTemplate(written.join(''), 'prompt'), slots), plain.join(''));
      }),
    );
  });

  it('reads any text or refuses it by a typed error', () => {
    const text = fc.string({ unit: fc.constantFrom('{', '}', 'a', ' ') });
    fc.assert(
      fc.property(text, (any) => void faultOf(any)),
      { numRuns: 500 },
    );
  });
});
