/** Prompts of one length side by side, on every reference checkpoint: against each of them by itself. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { attributeAll, attributeBatch } from '../src/explain/attribution/attribute.ts';
import { keptTokens } from '../src/explain/attribution/batch.ts';
import type { BatchPrompt, ToldInBatch } from '../src/explain/attribution/batch-request.ts';
import type { LayerResult } from '../src/explain/attribution/grains/layer-result.ts';
import { isForeseen } from '../src/explain/attribution/ledger/ledger.ts';
import type { AttributionStep } from '../src/explain/attribution/ledger/step.ts';
import type { AttributionMethod } from '../src/explain/attribution/methods/registry.ts';
import type { AttributionResult, AttributionSelection, TensorResult } from '../src/explain/attribution/result.ts';
import { Gate } from '../src/inference/gate.ts';
import { LoadedModel } from '../src/inference/loaded-model.ts';
import type { Tensor } from '../src/inference/tensor.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Of the largest figure of its kind: the same sums, in products of another number of rows. */
const rounding = 1e-5;

const reverseMethods = ['FROZEN', 'GRADIENT', 'ATTN_LRP'] as const;
const grains: AttributionSelection = {
  layers: 1,
  residuals: 1,
  neurons: 3,
  'edges.TOTAL': 4,
  'edges.DIRECT': 4,
  'moves.TOTAL.LAYER.HEAD.TO.FROM': 1,
  'moves.DIRECT.HEAD.TO': 1,
};
const options = { steps: 2, baseline: null };
const told: AttributionSelection = { 'ledger.PROVISIONAL': 1, 'ledger.LENS': 2, 'ledger.TOTAL': 1 };

await describeReferences((reference, model) => {
  const { ids } = reference.prompts.at(-1) as ReferencePrompt;
  const length = ids.length;
  const { layerCount, vocabularySize } = model.specification;
  const last = length - 1;

  /** Another prompt of the same length. */
  const promptOf = (number: number) => ids.map((_, index) => (ids[(index + number) % length] as number) ^ (number % 8));
  const logit = (position: number, token: number | null, against: number | null = null) => ({
    position,
    token,
    against,
  });
  const spanIn = (inputIds: readonly number[], from: number, to: number) => ({
    ...logit(to - 2, inputIds[to - 1] as number),
    span: { from, tokens: inputIds.slice(from, to) },
  });
  /** One target, several, of every kind, at other positions; in none of the orders that they are computed in. */
  const prompts: readonly BatchPrompt[] = [
    [logit(last, null)],
    [logit(last, 5, 9), logit(3, 7)],
    [{ ...logit(last, 11), kind: 'PROBABILITY' as const }],
    [spanIn(promptOf(3), 4, 9), logit(last, 2), { ...logit(8, 1, 3), kind: 'LOG_PROBABILITY' as const }],
    [logit(6, null)],
    [logit(last, vocabularySize - 1)],
  ].map((targets, number) => ({ inputIds: promptOf(number), targets }));

  const alone = (method: AttributionMethod, { inputIds, targets }: BatchPrompt, selection: AttributionSelection) =>
    attributeAll(model, { inputIds, targets, method, selection, options }, new Gate());
  const together = (method: AttributionMethod, all: readonly BatchPrompt[], selection: AttributionSelection) =>
    attributeBatch(model, { prompts: all, method, selection, options }, new Gate());

  for (const method of reverseMethods) {
    it(`says of each what it says of it alone, by ${method}`, async () => {
      const answers = await together(method, prompts, grains);
      assert.equal(answers.length, prompts.length);
      for (const [number, prompt] of prompts.entries()) {
        const expected = await alone(method, prompt, grains);
        assert.equal(answers[number]?.length, prompt.targets.length);
        for (const [index, answer] of (answers[number] ?? []).entries()) {
          assertSame(answer, expected[index] as AttributionResult, `prompt ${number}, target ${index}`);
          if (method === 'FROZEN') assert.ok(answer.audit.passed, `relative gap ${answer.audit.relativeGap}`);
        }
      }
    });
  }

  it('says the same in whichever order they are', async () => {
    const order = [3, 5, 0, 4, 2, 1];
    const answers = await together('FROZEN', prompts, grains);
    const reordered = await together(
      'FROZEN',
      order.map((number) => prompts[number] as BatchPrompt),
      grains,
    );
    for (const [place, number] of order.entries())
      for (const [index, answer] of (answers[number] ?? []).entries())
        assertSame(reordered[place]?.[index] as AttributionResult, answer, `prompt ${number}, target ${index}`);
  });

  it('says the same of more than fit into one pass, and keeps nothing of a pass that is over', async () => {
    const many = Array.from({ length: 3 * Math.floor(keptTokens / length) + 1 }, (_, number) => ({
      inputIds: promptOf(number),
      targets: number % 5 === 0 ? [logit(last, number), logit(last - 1, null)] : [logit(last, number)],
    }));
    const passes: { readonly kept: WeakRef<Tensor>[]; left: number }[] = [];
    // A mock would keep what it has given.
    model.runBlock = async (graph, layer, feeds, outputs) => {
      if (graph === 'forward' && layer === 0) {
        // Whatever nobody waits for any more is let go at the end of a turn, though the collector may see it at the next one only.
        for (let turns = 0; turns === 0 || (turns < 5 && passes.some(({ left }) => left > 0)); turns++) {
          await new Promise(setImmediate);
          collect();
          for (const pass of passes) pass.left = pass.kept.filter((tensor) => tensor.deref()).length;
        }
        passes.push({ kept: [], left: 0 });
      }
      const out = await LoadedModel.prototype.runBlock.call(model, graph, layer, feeds, outputs);
      if (graph === 'forward')
        for (const [name, tensor] of Object.entries(out))
          if (name !== 'post') passes.at(-1)?.kept.push(new WeakRef(tensor));
      return out;
    };
    const { answers, of } = await follow(many, {}).finally(() => {
      model.runBlock = LoadedModel.prototype.runBlock;
    });
    assert.equal(passes.length, 4);
    assert.ok(passes.every(({ kept, left }) => kept.length > 0 && left === 0));
    const layers = [...Array(layerCount).keys()];
    const way = [
      ['STARTED', null],
      ...layers.map((layer) => ['FORWARD', layer]),
      ...layers.toReversed().map((layer) => ['REVERSE', layer]),
    ];
    for (const [number, prompt] of many.entries())
      for (const [index, expected] of (await alone('FROZEN', prompt, {})).entries()) {
        assertSame(answers[number]?.[index] as AttributionResult, expected, `prompt ${number}, target ${index}`);
        assert.deepEqual(of(number, index).map(namesOf), way);
      }
  });

  /** What is told of some prompts, and what of a target of one of them. */
  async function follow(all: readonly BatchPrompt[], selection: AttributionSelection) {
    const steps: ToldInBatch[] = [];
    const request = { prompts: all, method: 'FROZEN', selection };
    const answers = await attributeBatch(model, request, new Gate(), (step) => void steps.push(step));
    const of = (number: number, index: number) =>
      steps
        .filter(({ prompt, target }) => (prompt ?? number) === number && (target ?? index) === index)
        .map(({ step }) => step);
    return { answers, steps, of };
  }

  const namesOf = (step: AttributionStep) => [step.type, 'layer' in step ? step.layer : null];

  it('tells of each what it tells of it alone, and what is alike of all at once', async () => {
    const { of } = await follow(prompts, told);
    for (const [number, prompt] of prompts.entries()) {
      const own = await follow([prompt], told);
      for (const [index, target] of prompt.targets.entries()) {
        const [found, expected] = [of(number, index), own.of(0, index)];
        assert.deepEqual(found.map(namesOf), expected.map(namesOf));
        for (const [place, step] of found.entries()) {
          const figures = figuresIn(expected[place] as AttributionStep);
          const tolerance = scaledTolerance(figures, rounding);
          assertClose(figuresIn(step), figures, tolerance, `step ${place} of prompt ${number}, target ${index}`);
        }
        const foreseen = found.some((step) => step.type === 'FORWARD' && step.provisional);
        assert.equal(foreseen, isForeseen(model.specification, target));
      }
    }
    const alike = prompts.map(({ inputIds }) => ({ inputIds, targets: [logit(last, 1)] }));
    const { steps } = await follow(alike, {});
    assert.equal(steps.length, 1 + 2 * layerCount);
    assert.ok(steps.every(({ prompt, target }) => prompt === undefined && target === undefined));
  });

  it('stops between two blocks, on the way up and down', async () => {
    for (const blocksBefore of [1, layerCount + 1]) {
      const gate = new Gate();
      let run = 0;
      const blocks = mock.method(model, 'runBlock', (...given: Parameters<typeof model.runBlock>) => {
        if (++run === blocksBefore) gate.cancel();
        return LoadedModel.prototype.runBlock.call(model, ...given);
      });
      const answers = attributeBatch(model, { prompts, method: 'FROZEN', selection: {} }, gate);
      await assert.rejects(answers, /cancelled/).finally(() => blocks.mock.restore());
      assert.equal(run, blocksBefore);
    }
  });

  it('asks one prompt after the other what cannot be asked of several, and has the studies of each', async () => {
    const some = prompts.slice(0, 3);
    for (const method of ['OCCLUSION', 'INTEGRATED_GRADIENTS', 'ATTENTION_ROLLOUT'] as const)
      assert.deepEqual(await together(method, some, {}), await Promise.all(some.map((one) => alone(method, one, {}))));
    const [{ inputIds }, other] = some as [BatchPrompt, BatchPrompt];
    const span = { ...spanIn(inputIds, 4, 6).span, against: [1, 2, 3] };
    const mixed = [{ inputIds, targets: [logit(last, 3), { ...spanIn(inputIds, 4, 6), span }] }, other];
    const answers = await together('FROZEN', mixed, { faithfulness: 1 });
    for (const [number, prompt] of mixed.entries())
      for (const [index, expected] of (await alone('FROZEN', prompt, { faithfulness: 1 })).entries()) {
        const answer = answers[number]?.[index] as AttributionResult;
        assertSame(answer, expected, `prompt ${number}, target ${index}`);
        assert.equal('faithfulness' in answer.grains, !('span' in (prompt.targets[index] ?? {})));
      }
  });

  it('is refused where the prompts are not of one length', async () => {
    const [{ inputIds, targets }] = prompts as [BatchPrompt];
    const longer = { inputIds: [...inputIds, 1], targets };
    await assert.rejects(together('FROZEN', [{ inputIds, targets }, longer], {}), /23, 24 tokens/);
  });
});

/** All that an answer has, but for rounding the same. */
function assertSame(found: AttributionResult, expected: AttributionResult, what: string): void {
  const [scores, others] = [scoresIn(found), scoresIn(expected)];
  assertClose(scores, others, rounding * Math.max(...others.map(Math.abs)), `${what}: scores`);
  const [said, otherwise] = [saidIn(found), saidIn(expected)];
  assertClose(said, otherwise, scaledTolerance(otherwise, rounding), `${what}: target`);
  assert.deepEqual(Object.keys(found.grains), Object.keys(expected.grains));
}

/** Whatever is a part of what is attributed; of the strongest how strong they are: which of two alike is first, rounding says. */
function scoresIn({ tokens, positions, bias, intercept = 0, audit, embedding, grains }: AttributionResult): number[] {
  const {
    layers = [],
    residuals,
    neurons = [],
    'edges.TOTAL': total = [],
    'edges.DIRECT': direct = [],
    ...rest
  } = grains;
  const tensors = [
    residuals,
    ...Object.entries(rest).map(([key, value]) => (key.startsWith('moves') ? value : undefined)),
  ];
  return [
    ...[...tokens, ...(positions ?? []), bias, intercept, audit.logit, audit.sum, embedding.direct, embedding.total],
    ...layers.flatMap(layerFigures),
    ...tensors.flatMap((tensor) => [...((tensor as TensorResult | undefined)?.values ?? [])]),
    ...[...total, ...direct].map(({ score }) => Math.abs(score)),
    ...neurons.flat().map(({ total }) => Math.abs(total)),
  ];
}

function layerFigures({ attention, mlp, attentionBias, heads, residual, bias }: LayerResult): number[] {
  const parts = [attention, mlp, attentionBias, ...heads].flatMap((one) => [one?.direct ?? 0, one?.total ?? 0]);
  return [...parts, residual, bias];
}

/** What the model says of the target, and of each token of a span. */
function saidIn({ target }: AttributionResult): number[] {
  return [target, ...(target.span?.tokens ?? [])].flatMap(({ token, logit, cappedLogit, logProbability, rank }) => [
    ...[token, logit, cappedLogit, logProbability, rank],
  ]);
}

/** The figures of a step, but for how long it took. */
function figuresIn(step: AttributionStep): number[] {
  if (step.type === 'FORWARD') {
    const { provisional, lens = [] } = step;
    const { attention = 0, mlp = 0, attentionBias = 0, heads = [] } = provisional ?? {};
    const likely = lens.flatMap(({ logit, probability }) => [logit, probability]);
    return [attention, mlp ?? 0, attentionBias, ...heads, ...likely, step.target?.logit ?? 0];
  }
  if (step.type !== 'REVERSE') return [];
  return [...(step.contributions ? layerFigures(step.contributions) : []), step.biasSoFar ?? 0];
}
