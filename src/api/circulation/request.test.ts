import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { circulationQuestion } from './request.ts';

/** Of a checkpoint only what a request is checked against. */
const model = {
  checkpoint: { tokenizer: { longestToken: 5, token: (id: number) => ({ id, text: `<${id}>`, special: false }) } },
  specification: { vocabularySize: 100, contextLength: 8, layerCount: 4 },
} as unknown as CatalogueModel;
const asked = { model: 'm', prompt: { tokenIds: [5, 6, 7, 8] }, top: 5 };
const target = { position: 3, token: null, against: null };

describe('a circulation request', () => {
  it("follows the last token through all blocks, to the model's top choice, where nothing else is said", () => {
    assert.deepEqual(circulationQuestion(model, asked, []), {
      inputIds: [5, 6, 7, 8],
      track: [3],
      target,
      layers: 4,
      top: 5,
      figures: [],
    });
  });

  it('counts negative positions from the end, and follows each position once, in the order of the request', () => {
    assert.deepEqual(circulationQuestion(model, { ...asked, track: [2, -1, 0, 3, -2, 2] }, []).track, [2, 3, 0]);
    assert.equal(
      circulationQuestion(model, { ...asked, target: { kind: 'LOGIT' as const, position: -4 } }, []).target.position,
      0,
    );
  });

  it('takes null for what is left out', () => {
    assert.deepEqual(circulationQuestion(model, { ...asked, track: null, layers: null, target: null }, []).track, [3]);
  });

  for (const [fault, message] of [
    [{ track: [] }, /No position is tracked/],
    [{ track: [4] }, /4 is outside of the prompt; it has 4 tokens: 0 to 3, or −4 to −1/],
    [{ track: [-5] }, /-5 is outside of the prompt/],
    [{ track: Array(65).fill(0) }, /65 positions are tracked; at most 64/],
    [{ layers: 0 }, /`layers` is .* 1 to 4, not 0/],
    [{ layers: 5 }, /`layers` is .* 1 to 4, not 5/],
    [{ top: -1 }, /`top` is a whole number from 0 to 100, not -1/],
    [{ top: 101 }, /`top` is .*, not 101/],
    [{ target: { kind: 'LOGIT' as const, position: 4 } }, /target's position 4 is outside of the prompt/],
    [{ target: { token: { tokenId: 100 } } }, /100 is outside of the vocabulary; ids go from 0 to 99/],
    [{ target: { token: { tokenId: 7 }, against: { tokenId: 7 } } }, /same/],
    [{ prompt: { tokenIds: [] } }, /empty/],
    [{ prompt: { tokenIds: Array(9).fill(1) } }, /9 tokens; this model reads at most 8/],
    [{ prompt: { tokenIds: [1, 100] } }, /100 at position 1 is outside of the vocabulary; ids go from 0 to 99/],
  ] as const) {
    it(`is refused with the reason: ${JSON.stringify(fault).slice(0, 60)}`, () => {
      assert.throws(() => circulationQuestion(model, { ...asked, ...(fault as object) }, []), { message });
    });
  }
});
