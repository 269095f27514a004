/** The logit lens at every depth, on every reference checkpoint, against hidden states of transformers through its own end. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lens } from '../src/explain/lens/lens.ts';
import type { LensReading, LensRequest, LensResult } from '../src/explain/lens/result.ts';
import { predict } from '../src/explain/prediction.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LensTokenResult } from '../src/inference/target.ts';
import {
  describeReferences,
  hookPositions,
  hookTokens,
  hookTop,
  largeVocabulary,
  type ReferencePrompt,
  referenceNames,
} from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

/** Of the largest logit. */
const parity = 1e-4;

await describeReferences(
  (reference, model) => {
    const { blocks, layerCount, vocabularySize } = model.specification;
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const tokens = hookTokens(vocabularySize);
    const request: LensRequest = {
      inputIds: prompt.ids,
      positions: hookPositions,
      layers: [...blocks.keys()],
      embedding: true,
      afterAttention: true,
      afterBlock: true,
      tokens,
      top: hookTop,
      entropy: true,
    };
    const ask = (more: Partial<LensRequest> = {}) => lens(model, { ...request, ...more }, new Gate());
    const hook = (name: string) => reference.hook(`lens_${name}`) as Float32Array;

    /** In the order of the pass, of every depth each position. */
    const readingsOf = ({ embedding = [], layers }: LensResult): LensReading[] => [
      ...embedding,
      ...layers.flatMap(({ afterAttention, afterBlock = [] }) => [...(afterAttention ?? []), ...afterBlock]),
    ];

    it('has the logits, probabilities, ranks and entropy of transformers', async () => {
      const readings = readingsOf(await ask());
      const logSumExp = hook('log_sum_exp');
      assert.equal(readings.length, logSumExp.length);
      const of = (list: 'top' | 'tokens', figure: keyof LensTokenResult) =>
        readings.flatMap((reading) => reading[list].map((token) => token[figure]));
      const probabilities = (logits: Float32Array, each: number) =>
        Array.from(logits, (logit, index) => Math.exp(logit - (logSumExp[Math.floor(index / each)] as number)));
      const tolerance = scaledTolerance(hook('top_logits'), parity);
      const topLogits = hook('top_logits');
      const ownLogits = hook('token_logits');
      assertClose(of('top', 'logit'), topLogits, tolerance, 'top logits');
      assertClose(of('tokens', 'logit'), ownLogits, tolerance, 'logits of tokens');
      assertClose(of('top', 'probability'), probabilities(topLogits, hookTop), parity, 'probabilities at the top');
      assertClose(
        of('tokens', 'probability'),
        probabilities(ownLogits, tokens.length),
        parity,
        'probabilities of tokens',
      );
      assertClose(
        readings.map(({ entropy = Number.NaN }) => entropy),
        hook('entropy'),
        parity * Math.log(vocabularySize),
        'entropy',
      );
      assert.deepEqual(
        of('tokens', 'token'),
        readings.flatMap(() => tokens),
      );
      assert.deepEqual(
        of('top', 'rank'),
        readings.flatMap(() => [1, 2, 3, 4, 5]),
      );
      assertSame(of('top', 'token'), hook('top_tokens'), (index) => {
        const [own, before, after] = [0, -1, 1].map((step) => topLogits[index + step] ?? 0) as [number, number, number];
        // The last of the list may have had to give way to one that is not in it.
        return (index + 1) % hookTop === 0 || Math.min(Math.abs(own - before), Math.abs(own - after)) < 2 * tolerance;
      });
      assertRanks(of('tokens', 'rank'), hook('ranks'));
    });

    /** Exactly, but for those that are as near to others as rounding may move them. */
    function assertSame(found: number[], expected: Float32Array, mayDiffer: (index: number) => boolean): void {
      assert.equal(found.length, expected.length);
      for (const [index, value] of found.entries())
        assert.ok(
          value === expected[index] || mayDiffer(index),
          `likeliest ${index}: ${value}, not ${expected[index]}`,
        );
    }

    /** Of a vocabulary of 50,000 in half precision, many logits lie within rounding of each other. */
    function assertRanks(found: number[], expected: Float32Array): void {
      const apart = vocabularySize / 2000;
      for (const [index, rank] of found.entries())
        assert.ok(
          Math.abs(rank - (expected[index] as number)) <= apart,
          `rank ${index}: ${rank}, not ${expected[index]}`,
        );
    }

    it("says at the last depth what the model's own prediction says", async () => {
      const { layers } = await ask({ embedding: false, afterAttention: false, layers: [layerCount - 1] });
      for (const [index, position] of hookPositions.entries()) {
        const found = layers[0]?.afterBlock?.[index] as LensReading;
        const own = await predict(model, { inputIds: prompt.ids, position, tokens, top: hookTop }, new Gate());
        for (const [list, expected] of [
          [found.top, own.likeliest],
          [found.tokens, own.tokens],
        ] as const) {
          const logits = expected.map(({ logit }) => logit);
          assertClose(
            list.map(({ logit }) => logit),
            logits,
            scaledTolerance(logits, 1e-5),
            'logits',
          );
          assertClose(
            list.map(({ probability }) => probability),
            expected.map(({ probability }) => probability),
            1e-5,
            'p',
          );
        }
      }
    });

    it('has an entropy that is that of all its probabilities', async () => {
      if (reference.name === largeVocabulary) return;
      const { embedding = [] } = await ask({ top: vocabularySize, layers: [], tokens: [] });
      for (const { top, entropy = Number.NaN } of embedding) {
        assert.equal(top.length, vocabularySize);
        const sum = top.reduce((total, { probability: p }) => total - (p > 0 ? p * Math.log(p) : 0), 0);
        assertClose([entropy], [sum], 1e-5 * Math.log(vocabularySize), 'entropy');
      }
    });

    it('tells the depths that are asked for, and null where a block has none', async () => {
      const { parallel, mlp } = blocks[0] as (typeof blocks)[number];
      const none = parallel || !mlp;
      const told = await ask({ layers: [1], embedding: false, afterBlock: false, top: 0, entropy: false });
      assert.equal(told.embedding, undefined);
      assert.deepEqual(
        told.layers.map(({ layer, afterBlock }) => [layer, afterBlock]),
        [[1, undefined]],
      );
      const [{ afterAttention } = {}] = told.layers;
      if (none) assert.equal(afterAttention, null);
      else
        assert.deepEqual(
          afterAttention?.map(({ top, tokens: own, entropy }) => [top, own.length, entropy]),
          hookPositions.map(() => [[], tokens.length, undefined]),
        );
    });

    it('reads as many rows at once as it may, with the same figures', async () => {
      const positions = [...prompt.ids.keys()];
      const every = await ask({ positions, top: 1 });
      for (const [index, position] of hookPositions.entries()) {
        const alone = await ask({ positions: [position], top: 1, layers: [0] });
        const [one, all] = [alone, every].map(({ layers }) => layers[0]?.afterBlock ?? []);
        const logits = (reading: LensReading | undefined) => (reading?.tokens ?? []).map(({ logit }) => logit);
        const expected = logits(one?.[0]);
        assertClose(logits(all?.[position]), expected, scaledTolerance(expected, 1e-5), `position ${index}`);
      }
    });
  },
  [...referenceNames, largeVocabulary],
);
