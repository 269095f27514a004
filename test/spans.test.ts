/** Spans as targets, on every reference checkpoint: against their tokens one by one. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attributeAll } from '../src/explain/attribution/attribute.ts';
import { movesGrain, sourcesGrain } from '../src/explain/attribution/grains/moves-grain.ts';
import type { NeuronResult } from '../src/explain/attribution/grains/neurons.ts';
import type { AttributionMethod } from '../src/explain/attribution/methods/registry.ts';
import { pathsGrain } from '../src/explain/attribution/paths-grain.ts';
import type { AttributionResult, AttributionSelection } from '../src/explain/attribution/result.ts';
import { faithfulnessOf, type OrderFaithfulnessResult } from '../src/explain/attribution/studies/faithfulness.ts';
import { embed, passFrom } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import {
  eachOf,
  type ResolvedTarget,
  readProbabilities,
  type SpanTokenResult,
  type TargetKind,
  type TargetRequest,
  targetKinds,
} from '../src/inference/target.ts';
import { floats, floatsOf, rowsOf } from '../src/inference/tensor.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, sum } from './support/close.ts';

/** Of the largest value of its kind: the same sums, in another order. */
const identity = 1e-5;

const reverseMethods = ['FROZEN', 'GRADIENT', 'ATTN_LRP'] as const;
const options = { steps: 3, baseline: null };

function spanOf(ids: readonly number[], from: number, to: number, kind: TargetKind = 'LOGIT'): TargetRequest {
  const tokens = ids.slice(from, to);
  const span = { from, tokens };
  return { position: to - 2, token: tokens.at(-1) as number, against: null, ...(kind !== 'LOGIT' && { kind }), span };
}

/** Value by value the sum of all. */
function summed(all: readonly ArrayLike<number>[]): number[] {
  return Array.from(all[0] ?? [], (_, index) => sum(all.map((values) => values[index] as number)));
}

/** The same number of each, and of all of them the sum: which is within what the largest of them may be rounded by. */
function assertSums(
  whole: AttributionResult,
  apart: readonly AttributionResult[],
  numbers: (answer: AttributionResult) => ArrayLike<number>,
  what: string,
): void {
  const all = apart.map(numbers);
  const largest = Math.max(...all.flatMap((values) => Array.from(values, Math.abs)), 1e-9);
  assertClose(numbers(whole), summed(all), identity * largest * apart.length, what);
}

await describeReferences((reference, model) => {
  const { ids } = reference.prompts.at(-1) as ReferencePrompt;
  const { layerCount, headCount } = model.specification;
  // Behind it there are more tokens.
  const [from, to] = [ids.length - 7, ids.length - 2];

  const ask = (
    method: AttributionMethod,
    targets: readonly TargetRequest[],
    selection: AttributionSelection = {},
  ): Promise<AttributionResult[]> =>
    attributeAll(model, { inputIds: ids, targets, method, options, selection }, new Gate());

  /** The answer for a span, and those for its tokens. */
  async function bothWays(method: AttributionMethod, kind?: TargetKind, selection?: AttributionSelection) {
    const target = spanOf(ids, from, to, kind);
    const [whole] = await ask(method, [target], selection);
    return { whole: whole as AttributionResult, apart: await ask(method, eachOf(target), selection) };
  }

  for (const kind of targetKinds) {
    it(`scores what its tokens are scored together, and adds up: ${kind}`, async () => {
      for (const method of reverseMethods) {
        const { whole, apart } = await bothWays(method, kind);
        assertSums(whole, apart, ({ tokens }) => tokens, `${method} tokens`);
        assertSums(whole, apart, ({ positions }) => positions ?? [], `${method} positions`);
        const parts = (of: (answer: AttributionResult) => number) => (answer: AttributionResult) => [of(answer)];
        // A sum of few numbers that cancel is compared with what they are sums of.
        const scale = Math.max(...apart.flatMap(({ tokens, bias }) => [...tokens, bias].map(Math.abs)));
        for (const [name, of] of Object.entries({
          bias: parts(({ bias }) => bias),
          intercept: parts(({ intercept = 0 }) => intercept),
          value: parts(({ audit }) => audit.logit),
          embedding: parts(({ embedding }) => embedding.direct),
        })) {
          assertClose(of(whole), summed(apart.map(of)), identity * scale * apart.length, `${method} ${name}`);
        }
        if (method === 'FROZEN') assert.ok(whole.audit.passed, `gap ${whole.audit.relativeGap}`);
        assert.ok(whole.tokens.subarray(0, to - 1).some((score) => score !== 0));
        assert.deepEqual([...whole.tokens.subarray(to - 1)], Array(ids.length - to + 1).fill(0));
      }
    });
  }

  it('tells of each of its tokens what a target of that token tells', async () => {
    for (const kind of targetKinds) {
      const { whole, apart } = await bothWays('FROZEN', kind);
      const { span, token, position } = whole.target;
      assert.equal(span?.from, from);
      assert.deepEqual([token, position], [ids[to - 1], to - 2]);
      assert.deepEqual(
        span?.tokens.map((one) => one.token),
        ids.slice(from, to),
      );
      for (const [index, { target, audit }] of apart.entries()) {
        const one: SpanTokenResult | undefined = span?.tokens[index];
        assert.equal(one?.rank, target.rank);
        const expected = [target.logit, target.cappedLogit, target.logProbability, target.probability, audit.logit];
        const told = [one?.logit, one?.cappedLogit, one?.logProbability, one?.probability, one?.value] as number[];
        const largest = Math.max(...expected.map(Math.abs), 1);
        assertClose(told, expected, identity * largest, `${kind} of token ${index}`);
      }
      assertClose([sum(span?.tokens.map(({ value }) => value) ?? [])], [whole.audit.logit], 1e-9, 'value');
    }
  });

  it('is of one token what the target of that token is, to the last bit', async () => {
    const everything = {
      layers: 1,
      residuals: 1,
      neurons: 3,
      'edges.DIRECT': 4,
      'edges.TOTAL': 4,
      'moves.DIRECT.TO': 1,
    };
    for (const method of [...reverseMethods, 'INTEGRATED_GRADIENTS', 'OCCLUSION', 'ATTENTION_ROLLOUT'] as const) {
      const span = spanOf(ids, from, from + 1, 'LOG_PROBABILITY');
      const { span: _, ...plain } = span;
      const [[ofSpan], [ofToken]] = [await ask(method, [span], everything), await ask(method, [plain], everything)];
      const { target, ...answer } = ofSpan as AttributionResult;
      assert.deepEqual(
        { ...answer, target: { ...target, span: undefined } },
        { ...ofToken, target: { ...ofToken?.target, span: undefined } },
      );
    }
  });

  it('is the sum of its tokens by the methods without a reverse pass, and the mean where a score is a share', async () => {
    for (const method of ['INTEGRATED_GRADIENTS', 'OCCLUSION', 'ATTENTION_ROLLOUT'] as const) {
      const { whole, apart } = await bothWays(method, 'LOG_PROBABILITY');
      const weight = method === 'ATTENTION_ROLLOUT' ? 1 / apart.length : 1;
      const scores = summed(apart.map(({ tokens }) => tokens)).map((score) => weight * score);
      const largest = Math.max(...apart.flatMap(({ tokens }) => Array.from(tokens, Math.abs)));
      assertClose(whole.tokens, scores, identity * largest * apart.length, method);
      assertSums(
        whole,
        apart,
        ({ bias, audit, embedding }) => [bias, audit.logit, embedding.direct],
        `${method} value`,
      );
    }
  });

  it('has of every finer figure the sum over its tokens', async () => {
    const all = 1e6;
    const selection: AttributionSelection = {
      ...{ layers: 1, residuals: 1, neurons: all, 'edges.DIRECT': all, 'ablations.ZERO': all, agreement: 1 },
      ...{ [sourcesGrain]: 1, [movesGrain('DIRECT', ['LAYER', 'HEAD', 'TO', 'FROM'])]: 1, [pathsGrain(null)]: all },
    };
    for (const method of reverseMethods) {
      const { whole, apart } = await bothWays(method, 'LOGIT', selection);
      assertSums(whole, apart, layerFigures, `${method} layers`);
      for (const name of ['residuals', sourcesGrain, movesGrain('DIRECT', ['LAYER', 'HEAD', 'TO', 'FROM'])] as const)
        assertSums(whole, apart, ({ grains }) => grains[name]?.values ?? [], `${method} ${name}`);
      assertSums(whole, apart, neuronFigures, `${method} neurons`);
      assertSums(whole, apart, edgeFigures, `${method} edges`);
      assertSums(whole, apart, dropFigures, `${method} ablations`);
      if (method === 'FROZEN') assertSums(whole, apart, pathFigures, 'paths');
    }
  });

  function layerFigures({ grains }: AttributionResult): number[] {
    return (grains.layers ?? []).flatMap(({ attention, mlp, attentionBias, heads, residual, bias }) => [
      ...[attention, mlp, attentionBias, ...heads].flatMap((one) => [one?.direct ?? 0, one?.total ?? 0]),
      residual,
      bias,
    ]);
  }

  /** Direct and total of every neuron at every position. */
  function neuronFigures({ grains }: AttributionResult): number[] {
    const figures = (grains.neurons ?? []).map((block, layer) => {
      const ordered = block.toSorted((a, b) => a.position - b.position || a.neuron - b.neuron);
      // In the last block only what the target reads is told.
      const told = layer === layerCount - 1 ? wholeBlock(ordered) : ordered;
      return told.flatMap(({ direct, total }) => [direct, total]);
    });
    return figures.flat();
  }

  function wholeBlock(told: readonly NeuronResult[]): NeuronResult[] {
    const width = Math.max(-1, ...told.map(({ neuron }) => neuron)) + 1;
    const at = new Map(told.map((one) => [one.position * width + one.neuron, one]));
    const none = { activation: 0, direct: 0, total: 0 };
    return Array.from({ length: ids.length * width }, (_, index) => {
      const [neuron, position] = [index % width, Math.floor(index / width)];
      return at.get(index) ?? { neuron, position, ...none };
    });
  }

  function edgeFigures({ grains }: AttributionResult): Float64Array {
    const scores = new Float64Array(layerCount * headCount * ids.length ** 2);
    for (const { layer, head, to, from, score } of grains['edges.DIRECT'] ?? [])
      scores[((layer * headCount + head) * ids.length + to) * ids.length + from] = score;
    return scores;
  }

  function dropFigures({ grains }: AttributionResult): number[] {
    return (grains['ablations.ZERO'] ?? [])
      .toSorted((a, b) => a.layer - b.layer || (a.head ?? headCount) - (b.head ?? headCount))
      .flatMap(({ direct, total, drop }) => [direct, total, drop]);
  }

  function pathFigures({ grains }: AttributionResult): readonly number[] {
    const { sums = [], longer = 0 } = grains[pathsGrain(null)] ?? {};
    return [...sums, longer];
  }

  it('is asked of by faithfulness with the probabilities of all its tokens', async () => {
    const target = spanOf(ids, from, to) as ResolvedTarget;
    const order = [from, 0, to - 2, ...ids.keys()].filter(
      (place, index, all) => place < to - 1 && all.indexOf(place) === index,
    );
    const [found] = await faithfulnessOf(model, { inputIds: ids, target, method: 'FROZEN' }, [order], new Gate());
    const { x, position } = await embed(model, ids);
    /** Without some tokens, and everything run again. */
    const probability = async (without: readonly number[]) => {
      const values = rowsOf(floats(Float32Array.from(floatsOf({ x }, 'x')), ...x.dims));
      for (const place of without) {
        if (position) values.row(place).set(rowsOf(position).row(place));
        else values.row(place).fill(0);
      }
      const { last } = await passFrom(
        model,
        floats(Float32Array.from([...values].flatMap((row) => [...row])), ...x.dims),
        new Gate(),
      );
      return sum((await Promise.all(eachOf(target).map((single) => readProbabilities(model, last, single)))).flat());
    };
    const whole = await probability([]);
    for (const [index, share] of [1, 5, 10, 20, 50].entries()) {
      const count = Math.max(1, Math.ceil((share * (to - 1)) / 100));
      const drops = [order.slice(0, count), order.slice(count)].map(
        async (without) => whole - (await probability(without)),
      );
      const { comprehensiveness, sufficiency } = found as OrderFaithfulnessResult;
      const told = [comprehensiveness.drops[index], sufficiency.drops[index]] as number[];
      assertClose(told, await Promise.all(drops), identity, `${share} %`);
    }
  });

  it('is contrasted with another continuation as two answers are, and both parts add up', async () => {
    const others = [ids[2], ids[0], ids[3]] as number[];
    const alone = spanOf(ids, from, to, 'LOG_PROBABILITY');
    const target = { ...alone, span: { from, tokens: ids.slice(from, to), against: others } };
    const other = [...ids.slice(0, from), ...others];
    for (const method of [...reverseMethods, 'OCCLUSION', 'ATTENTION_ROLLOUT'] as const) {
      // Beside a target that one sequence answers.
      const [plain, found] = await ask(method, [{ position: 3, token: 1, against: null }, target], { residuals: 1 });
      const [first] = await ask(method, [{ position: 3, token: 1, against: null }], { residuals: 1 });
      assert.deepEqual(plain, first);
      const [own] = await ask(method, [alone]);
      const [against] = await attributeAll(
        model,
        ...([
          {
            inputIds: other,
            targets: [spanOf(other, from, other.length, 'LOG_PROBABILITY')],
            method,
            options,
            selection: {},
          },
          new Gate(),
        ] as const),
      );
      assert.ok(own && against && found);
      const { tokens, target: told, audit, bias, intercept = 0 } = found;
      const largest = Math.max(...[...own.tokens, ...against.tokens, own.bias, against.bias].map(Math.abs));
      const expected = own.tokens.map((score, place) =>
        place < from ? score - (against.tokens[place] as number) : score,
      );
      assertClose(tokens, expected, identity * largest, `${method} tokens`);
      const scores = told.span?.against?.scores ?? [];
      assertClose(
        scores,
        against.tokens.slice(from).map((score) => -score),
        identity * largest,
        `${method} others`,
      );
      assert.equal(scores.length, others.length);
      const difference = own.audit.logit - against.audit.logit;
      assertClose(
        [audit.logit, audit.logit - audit.gap],
        [difference, audit.sum],
        identity * largest,
        `${method} value`,
      );
      assertClose(
        [sum(tokens) + sum(scores) + bias + intercept],
        [audit.sum],
        2 * identity * largest * ids.length,
        method,
      );
      assert.equal(audit.passed, own.audit.passed && against.audit.passed);
      if (method === 'FROZEN') assert.ok(audit.passed);
      assert.deepEqual(found.grains, {});
    }
  });

  it('is answered beside other targets, and of a long prompt, as by itself', async () => {
    const targets = [spanOf(ids, from, to), { position: 2, token: 3, against: 4 }, spanOf(ids, 1, 4)];
    const selection: AttributionSelection = { layers: 1, residuals: 1, [movesGrain('DIRECT', ['TO', 'FROM'])]: 1 };
    const numbers = (answer: AttributionResult) => [
      ...answer.tokens,
      ...layerFigures(answer),
      ...(answer.grains.residuals?.values ?? []),
      ...(answer.grains[movesGrain('DIRECT', ['TO', 'FROM'])]?.values ?? []),
    ];
    const alone = (await Promise.all(targets.map((target) => ask('FROZEN', [target], selection)))).flat();
    const { longestSlice } = model;
    for (const longest of [longestSlice, 3]) {
      model.longestSlice = longest;
      const together = await ask('FROZEN', targets, selection).finally(() => {
        model.longestSlice = longestSlice;
      });
      for (const [index, answer] of together.entries())
        assertSums(answer, [alone[index] as AttributionResult], numbers, `target ${index}, slices of ${longest}`);
    }
  });
});
