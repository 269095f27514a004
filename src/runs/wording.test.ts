import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GenerationStep } from '../explain/generation/event.ts';
import { wording } from './wording.ts';

/** One token for each byte. */
const spell = (ids: readonly number[]) => new TextDecoder().decode(Uint8Array.from(ids));
const request = { inputIds: [...Buffer.from('the ')] };

function token(index: number, token: number): GenerationStep {
  const figures = { logit: 1, logProbability: -1, probability: 0.5, rank: 1, entropy: 1 };
  return { type: 'TOKEN', index, token, ...figures, top: [], elapsed: 1 };
}

/** A generation that answers with these bytes. */
function stepsOf(answer: readonly number[]): GenerationStep[] {
  return [
    { type: 'STARTED', tokens: request.inputIds, maxTokens: 9 },
    ...answer.map((id, index) => token(index, id)),
    { type: 'COMPLETED', reason: 'LENGTH', answer },
  ];
}

describe('what a generation tells', () => {
  it('has with each token what the text has grown by, and all of it at the end', () => {
    const steps = stepsOf([...Buffer.from('sé')]);
    const worded = steps.map(wording(request, spell));
    assert.deepEqual(worded, [
      steps[0],
      { ...steps[1], text: 's' },
      { ...steps[2], text: '' },
      { ...steps[3], text: 'é' },
      { ...steps[4], text: 'sé' },
    ]);
  });

  it('has at the end also what is not complete', () => {
    const worded = stepsOf([0x73, 0xc3]).map(wording(request, spell));
    assert.deepEqual(
      worded.map((step) => ('text' in step ? step.text : undefined)),
      [undefined, 's', '', 's\uFFFD'],
    );
  });

  it('is as it was where nobody reads its tokens', () => {
    const steps = stepsOf([1, 2]);
    assert.deepEqual(steps.map(wording(request, undefined)), steps);
  });
});
