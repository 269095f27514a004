import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quoted, visible } from './token.ts';

const token = (text: string) => ({ text, special: false });

describe('a token', () => {
  it('is shown with its spaces and breaks, and empty as what it is', () => {
    assert.equal(visible(token(' a\n\tb\r')), '·a⏎→b␍');
    assert.equal(visible(token('')), '∅');
    assert.equal(visible({ text: '<|endoftext|>', special: true }), 'endoftext');
  });

  it('is quoted with its spaces as they are', () => {
    assert.equal(quoted(token(' Mary\n')), "' Mary⏎'");
    assert.equal(quoted({ text: '<s>', special: true }), '<s>');
  });

  it('keeps no character that works on what stands around it', () => {
    for (const show of [visible, quoted]) {
      assert.match(show(token('a\u0007b\u001b\u007f\u0085')), /a␇b␛␡⟨U\+0085⟩/);
      assert.match(show(token('\u202eabc\u2069\u200f')), /⟨U\+202E⟩abc⟨U\+2069⟩⟨U\+200F⟩/);
    }
    assert.equal(visible(token('שלום')), 'שלום');
  });
});
