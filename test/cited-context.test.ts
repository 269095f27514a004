/** Passages that an answer comes from, against single attributions and prompts of their own, on every reference checkpoint. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Tokenizer } from '../src/checkpoint/tokenizer.ts';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { citedContext } from '../src/explain/cited-context/cited-context.ts';
import { type PassagePrompt, textOf } from '../src/explain/cited-context/prompt.ts';
import type { CitedContextRequest, LeftOut } from '../src/explain/cited-context/result.ts';
import type { GenerationStep } from '../src/explain/generation/event.ts';
import { generate } from '../src/explain/generation/generate.ts';
import { forwardPass } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import { readTarget } from '../src/inference/target.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance, sum } from './support/close.ts';
import { there } from './support/there.ts';

/** Of the largest score, and of a log-probability. */
const identity = 1e-5;
const agreement = 1e-4;

const prompt: PassagePrompt = {
  before: 'We',
  passages: ['a: the cat', 'b: it is a', 'c: to the', 'd: cat'],
  separator: '; ',
  after: '. So it',
};

await describeReferences((reference, model) => {
  const answer = (reference.prompts.at(-1) as ReferencePrompt).ids.slice(0, 3);
  assert.equal(answer.length, 3);
  const question = async (more: Partial<CitedContextRequest> = {}): Promise<CitedContextRequest> => ({
    inputIds: (await model.tokenizer()).encode(textOf(more.prompt ?? prompt)),
    prompt,
    answer,
    maxTokens: 3,
    stopTokens: [],
    stopTexts: [],
    method: 'FROZEN',
    kind: 'LOG_PROBABILITY',
    strongest: 0,
    random: 0,
    seed: 0,
    checked: { strongest: true, random: true },
    ...more,
  });
  const ask = async (more: Partial<CitedContextRequest> = {}) => citedContext(model, await question(more), new Gate());

  /** Of each token of the answer, by the pass over all of them. */
  const logProbabilities = async (inputIds: readonly number[], tokens: readonly number[]) => {
    const { last } = await forwardPass(model, [...inputIds, ...tokens.slice(0, -1)], new Gate());
    const readings: number[] = [];
    for (const [index, token] of tokens.entries()) {
      const { target } = await readTarget(model, last, { position: inputIds.length - 1 + index, token, against: null });
      readings.push(target.logProbability);
    }
    return readings;
  };

  it('says of each token of an answer what a whole pass says of it as a target', async () => {
    const { inputIds } = await question();
    const found = await ask();
    const expected = await logProbabilities(inputIds, answer);
    assertClose(
      found.answer.map(({ logProbability }) => logProbability),
      expected,
      scaledTolerance(expected, agreement),
      'log-probabilities',
    );
    assert.deepEqual(
      found.answer.map(({ token }) => token),
      answer,
    );
    assertNear(found.logProbability, sum(expected));
  });

  for (const method of ['FROZEN', 'GRADIENT', 'ATTN_LRP'] as const) {
    it(`gives a passage the scores that its tokens have for each token of the answer, by ${method}`, async () => {
      const { inputIds } = await question();
      const scores = new Float64Array(inputIds.length + answer.length - 1);
      let [bias, intercept, value] = [0, 0, 0];
      for (const [index, token] of answer.entries()) {
        const position = inputIds.length - 1 + index;
        const target = { position, token, against: null, kind: 'LOG_PROBABILITY' } as const;
        const read = [...inputIds, ...answer.slice(0, -1)];
        const single = await attribute(model, { inputIds: read, target, method, selection: {} }, new Gate());
        for (const [position, score] of single.tokens.entries()) scores[position] = (scores[position] ?? 0) + score;
        bias += single.bias;
        intercept += single.intercept ?? 0;
        value += single.target.logProbability;
      }
      const found = await ask({ method });
      const spans = spansOf(await model.tokenizer(), prompt, inputIds);
      assert.deepEqual(
        found.passages.map(({ from, to }) => ({ from, to })),
        spans,
      );
      const expected = spans.map(({ from, to }) => sum(scores.subarray(from, to)));
      const ofPassages = sum(expected);
      const [ofPrompt, ofAnswer] = [scores.subarray(0, inputIds.length), scores.subarray(inputIds.length)].map(sum);
      const tolerance = scaledTolerance([...scores, bias, intercept], identity);
      assertClose(
        [...found.passages.map(({ score }) => score), found.rest, found.ofAnswer, found.bias, found.intercept ?? 0],
        [...expected, (ofPrompt as number) - ofPassages, ofAnswer as number, bias, intercept],
        tolerance,
        'scores',
      );
      assertNear(found.audit.logit, value);
      if (method === 'FROZEN') assert.ok(found.audit.passed);
    });
  }

  it('finds without some passages what the shorter prompt asked afresh finds', async () => {
    const found = await ask({ strongest: 3, random: 2 });
    const left: LeftOut[] = [there(found.strongest), there(found.random)].flatMap(({ alone, together }) => [
      ...alone,
      there(together),
    ]);
    assert.equal(left.length, 7);
    for (const { passages, length, logProbability, drop } of left) {
      const shorter = { ...prompt, passages: prompt.passages.filter((_, place) => !passages.includes(place)) };
      const inputIds = (await model.tokenizer()).encode(textOf(shorter));
      assert.equal(length, inputIds.length);
      const expected = await logProbabilities(inputIds, answer);
      assertNear(logProbability, sum(expected));
      assert.equal(drop, found.logProbability - logProbability);
    }
    const ranked = found.passages.toSorted((a, b) => b.score - a.score);
    assert.deepEqual(
      there(found.strongest).alone.map(({ passages: [place] }) => found.passages[place as number]),
      ranked.slice(0, 3),
    );
    assert.deepEqual(
      ranked.map(({ rank }) => rank),
      [1, 2, 3, 4],
    );
    assert.deepEqual(found.strongest?.together?.passages.length, 3);
  });

  it('ends before the next block when it is cancelled', async () => {
    for (const given of [answer, null]) {
      const gate = new Gate();
      const asked = citedContext(model, await question({ answer: given, strongest: 2 }), gate);
      gate.cancel();
      await assert.rejects(asked, { code: 'CANCELLED' });
    }
  });

  it("takes the model's own answer where none is given, up to what ends it", async () => {
    const { inputIds } = await question();
    const own = async (stopTokens: readonly number[]) => {
      const steps: GenerationStep[] = [];
      const request = { inputIds, maxTokens: 5, sampling: null, stopTokens, stopTexts: [], top: 0, attribution: null };
      await generate(model, request, new Gate(), async (step) => void steps.push(step));
      return steps.flatMap((step) => (step.type === 'TOKEN' ? [step.token] : []));
    };
    const longest = await own([]);
    for (const stopTokens of [[], longest.slice(2, 3)]) {
      const expected = await own(stopTokens);
      const found = await ask({ answer: null, maxTokens: 5, stopTokens, strongest: 1 });
      assert.deepEqual(
        found.answer.map(({ token }) => token),
        expected,
      );
      const given = await ask({ answer: expected, strongest: 1 });
      assertNear(found.logProbability, given.logProbability);
      assertClose(
        found.passages.map(({ score }) => score),
        given.passages.map(({ score }) => score),
        scaledTolerance([...given.passages.map(({ score }) => score), given.bias], agreement),
        'scores',
      );
    }
  });
});

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= agreement * Math.max(1, Math.abs(expected)), `${actual}, not ${expected}`);
}

/** By the texts of the tokens one after the other: these write what was split, and nothing else. */
function spansOf(tokenizer: Tokenizer, { before, passages, separator }: PassagePrompt, ids: readonly number[]) {
  const ends: number[] = [];
  for (const id of ids) ends.push((ends.at(-1) ?? 0) + tokenizer.token(id).text.length);
  let at = before.length;
  return passages.map((passage) => {
    const [start, end] = [at, at + passage.length];
    at = end + separator.length;
    const inside = [...ids.keys()].filter(
      (position) => (ends[position] as number) > start && (ends[position - 1] ?? 0) < end,
    );
    return { from: inside[0], to: (inside.at(-1) as number) + 1 };
  });
}
