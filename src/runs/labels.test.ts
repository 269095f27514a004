/** What people may write on experiments and runs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { experimentName, experimentTags, requireLength } from './labels.ts';
import { storedText, textStored } from './stored-text.ts';

const input = (field: string, message: RegExp) => ({ code: 'INPUT', details: { field }, message });

describe('the name of an experiment', () => {
  it('is any text of one line, without the spaces around it', () => {
    for (const name of [
      'a',
      'Who moves the name?',
      "'; DROP TABLE Run; --",
      '100% _of_ \\it',
      '🙂',
      'ß Σ',
      '<b>',
      'a'.repeat(200),
    ])
      assert.equal(experimentName('name', ` \n${name}\t `), name);
  });

  it('is not empty, not longer than 200 characters, and has no control characters nor halves of one', () => {
    for (const name of ['', ' ', '\n\t '])
      assert.throws(
        () => experimentName('input.name', name),
        input('input.name', /^The name of an experiment is not empty/),
      );
    assert.throws(() => experimentName('x', ` ${'a'.repeat(201)}`), input('x', /at most 200 characters, not 201$/));
    for (const name of ['a\0b', 'a\nb', 'a\u0085b', '\ud800', 'a\udc00'])
      assert.throws(() => experimentName('x', name), input('x', /^The name of an experiment is one line of text/));
  });
});

describe('tags', () => {
  it('are each there once, in their order', () => {
    assert.deepEqual(experimentTags('tags', [' b', 'a', 'b ', 'B']), ['b', 'a', 'B']);
    assert.deepEqual(experimentTags('tags', []), []);
  });

  it('are at most 50 of at most 100 characters, and one that is none is named by its place', () => {
    assert.equal(
      experimentTags(
        'tags',
        Array.from({ length: 50 }, (_, index) => `${index}`),
      ).length,
      50,
    );
    assert.throws(() => experimentTags('tags', Array(51).fill('a')), input('tags', /at most 50 tags, not 51$/));
    assert.throws(() => experimentTags('tags', ['a', 'b'.repeat(101)]), input('tags.1', /^A tag has at most 100 /));
    assert.throws(() => experimentTags('tags', ['a', 'b', ' ']), input('tags.2', /^A tag is not empty/));
    assert.throws(() => experimentTags('tags', ['a\0']), input('tags.0', /^A tag is one line/));
  });
});

describe('a text of people', () => {
  it('is as long as it may be, and no longer', () => {
    requireLength('input.note', 'a'.repeat(10), 10);
    assert.throws(
      () => requireLength('input.note', 'a'.repeat(11), 10),
      input('input.note', /^`note` has 11 characters; at most 10 are kept$/),
    );
  });

  it('is the same once it was stored, and of nothing nothing is stored', () => {
    for (const text of ['', 'a', '"', '\0', 'a\0b\r\n', '\ud800', '\\u0000', 'null', '🙂']) {
      assert.equal(textStored(storedText(text)), text);
      assert.ok(!storedText(text).includes('\0'));
    }
    assert.equal(storedText(''), '');
  });
});
