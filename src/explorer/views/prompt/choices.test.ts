import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Candidate, choices, meantBy, typedText } from './choices.ts';

const candidate = (tokenId: number, text: string): Candidate => ({
  token: { position: 3, tokenId, text, special: false },
  logit: 1,
  probability: 0.5,
  rank: 1,
});
const [mary, spacedMary, john, johnson] = [
  candidate(1, 'Mary'),
  candidate(2, ' Mary'),
  candidate(3, ' John'),
  candidate(4, ' Johnson'),
];
const likeliest = [spacedMary, john, johnson];

test('without a text the likeliest are offered', () => {
  assert.deepEqual(choices('', { candidates: [], likeliest, pieces: [] }), { offered: likeliest });
});

test('what a text may mean comes first, then the likeliest that have it in them, each once', () => {
  assert.deepEqual(choices('mary', { candidates: [mary, spacedMary], likeliest, pieces: [] }), {
    offered: [mary, spacedMary],
  });
  assert.deepEqual(choices('Joh', { candidates: [mary], likeliest, pieces: [] }).offered, [mary, john, johnson]);
});

test('a text of several tokens is offered in its pieces, and says so', () => {
  const pieces = [candidate(5, 'Zan'), candidate(6, 'zi'), candidate(6, 'zi')];
  assert.deepEqual(choices('Zanzi', { candidates: [], likeliest, pieces }), {
    offered: pieces.slice(0, 2),
    note: "'Zanzi' is no single token. It is made of these:",
  });
});

test('a text of which there is no token says so', () => {
  assert.deepEqual(choices('¿', { candidates: [], likeliest, pieces: [] }), {
    offered: [],
    note: 'No token has this text.',
  });
});

test('dots that stand for spaces are read as spaces', () => {
  assert.equal(typedText('·Mary'), ' Mary');
});

test('a refusal is about the text that it quotes', () => {
  const [byId, one, other] = [
    { value: { text: ' John', tokenId: 3 } },
    { value: { text: ' Mary' } },
    { value: { text: 'Zanzibar' } },
  ];
  assert.equal(meantBy('The target text "Zanzibar" is 5 tokens', [byId, one, other]), other);
  assert.equal(meantBy('The target text " John" is 2 tokens', [byId]), undefined);
});
