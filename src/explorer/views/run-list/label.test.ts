import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anyRun, filterOf } from './filter.ts';
import { type ListedRun, labelOf, progressOf } from './label.ts';

const token = (text: string) => ({ position: 0, tokenId: 0, text, special: false });
const prompt = { text: 'The capital of France is' };
const target = { position: 4, token: token(' Paris'), against: token(' Lyon'), kind: 'LOGIT', span: null } as const;
const attribution: ListedRun['input'] = { __typename: 'LogitAttributionRequest', prompt, target, method: 'ATTN_LRP' };
const circulation: ListedRun['input'] = {
  __typename: 'CirculationRequest',
  prompt: { text: null },
  target,
  tracked: ['a', 'b', 'c', 'd', 'e'].map(token),
  layers: 4,
};
const under = (input: ListedRun['input'], eventCount: number) => ({ input, eventCount }) as ListedRun;

describe('A run in the list', () => {
  it('that explains a logit is called after its prompt, its target and its method', () => {
    assert.deepEqual(labelOf({ input: attribution }, 50), {
      prompt: 'The capital of France is',
      target: "why ' Paris' rather than ' Lyon'",
      kind: 'AttnLRP attribution',
    });
  });

  it('that explains the top choice, or a probability, says so', () => {
    const open = { ...attribution, target: { ...target, token: null, against: null, kind: 'PROBABILITY' as const } };
    assert.equal(labelOf({ input: open }, 50).target, 'why the top choice (probability)');
    const span = { ...attribution, target: { ...target, against: null, span: { from: 3, to: 5, against: null } } };
    assert.equal(labelOf({ input: span }, 50).target, "why 2 tokens up to ' Paris'");
  });

  it('that follows tokens is called after them; a prompt that was not kept is said to be none', () => {
    assert.deepEqual(labelOf({ input: circulation }, 50), {
      prompt: 'A prompt whose text was not kept',
      target: "follows 'a', 'b', 'c' and 2 more",
      kind: 'Circulation',
    });
  });

  it('is as far as its events, where it is known how many there will be', () => {
    assert.equal(progressOf(under(circulation, 3), undefined), 3 / 6);
    assert.equal(progressOf(under(attribution, 5), 4), 5 / 10);
    assert.equal(progressOf(under(attribution, 5), undefined), undefined);
    assert.equal(progressOf(under({ ...attribution, method: 'OCCLUSION' }, 5), 4), undefined);
  });
});

describe('The filter of the list', () => {
  it('asks nothing of what was not chosen', () => {
    assert.deepEqual(filterOf(anyRun, 0), {});
  });

  it('asks all that was chosen', () => {
    const choice = {
      prompt: 'france',
      model: 'm',
      kind: 'CIRCULATION',
      method: 'FROZEN',
      status: 'Under way',
      since: 'Last hour',
    } as const;
    assert.deepEqual(filterOf(choice, Date.parse('2026-11-30T12:00:00Z')), {
      prompt: 'france',
      model: 'm',
      kinds: ['CIRCULATION'],
      methods: ['FROZEN'],
      statuses: ['QUEUED', 'RUNNING'],
      createdAfter: '2026-11-30T11:00:00.000Z',
    });
  });
});
