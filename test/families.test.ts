/**
 * Every model family, on checkpoints that transformers wrote: the forward pass against transformers, the frozen map
 * against autograd and TransformerLens, circulation against Arrakis's formulas, and every identity.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attribute, attributeAll } from '../src/explain/attribution/attribute.ts';
import type { LayerResult } from '../src/explain/attribution/grains/layers.ts';
import { sourcesGrain } from '../src/explain/attribution/grains/moves-grain.ts';
import type { AttributionResult } from '../src/explain/attribution/result.ts';
import { circulate } from '../src/explain/circulation/circulate.ts';
import type { CirculationStep } from '../src/explain/circulation/event.ts';
import { type ForwardPass, forwardPass } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LoadedModel } from '../src/inference/loaded-model.ts';
import { floatsOf, integers, integersOf } from '../src/inference/tensor.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance, sum } from './support/close.ts';

/** Absolute, for logits, residual streams and patterns. */
const parity = 1e-4;
/** Of the largest value involved, for sums that must come out the same by two ways. */
const identity = 1e-4;

const everything = { layers: 1, [sourcesGrain]: 1, neurons: 4, 'edges.TOTAL': 8, 'edges.DIRECT': 8, residuals: 1 };

await describeReferences((reference, model) => {
  const attributed = (prompt: ReferencePrompt, target: number): Promise<AttributionResult> => {
    const { position, token, against } = prompt.targets[target] as ReferencePrompt['targets'][number];
    const request = {
      inputIds: prompt.ids,
      target: { position, token, against },
      method: 'FROZEN' as const,
      selection: everything,
    };
    return attribute(model, request, new Gate());
  };
  const forEachTarget = async (
    check: (prompt: ReferencePrompt, target: number, result: AttributionResult) => void | Promise<void>,
  ) => {
    for (const prompt of reference.prompts) {
      for (const target of prompt.targets.keys()) await check(prompt, target, await attributed(prompt, target));
    }
  };

  it('has the residual stream, patterns and logits of transformers', async () => {
    for (const prompt of reference.prompts) {
      const pass = await forwardPass(model, prompt.ids, new Gate());
      const blocks = model.specification.layerCount;
      const residual = reference.tensor(prompt, 'residual');
      assertClose(streams(pass), residual, scaledTolerance(residual, parity), 'residual stream');
      assertClose(stacked(pass, 'pattern', blocks), reference.tensor(prompt, 'patterns'), parity, 'patterns');
      assertClose(
        stacked(pass, 'attention_out', blocks),
        reference.tensor(prompt, 'attn_out'),
        parity * 10,
        'attention output',
      );
      assertClose(await allLogits(model, pass), reference.tensor(prompt, 'logits'), parity, 'logits');
    }
  });

  it('says of the target what transformers says', async () => {
    await forEachTarget((prompt, index, { target, audit }) => {
      const expected = prompt.targets[index] as ReferencePrompt['targets'][number];
      assertClose(
        [target.logit, target.cappedLogit, target.logProbability, target.probability, audit.logit],
        [expected.logit, expected.cappedLogit, expected.logProbability, expected.probability, expected.value],
        parity,
        'logit, capped logit, log-probability, probability, attributed value',
      );
      assert.equal(target.rank, expected.rank);
    });
  });

  it('attributes to tokens, layers and heads what autograd finds with the same things held', async () => {
    await forEachTarget((prompt, index, result) => {
      const expected = (part: string) => reference.tensor(prompt, part, index);
      const tokens = expected('frozen_tokens');
      const tolerance = scaledTolerance(tokens, parity);
      assertClose(result.tokens, tokens, tolerance, 'tokens');
      if (model.specification.embedding.position)
        assertClose(result.positions ?? [], expected('frozen_positions'), tolerance, 'position parts');
      else assert.equal(result.positions, null);
      assertClose([result.bias], expected('frozen_bias'), tolerance, 'bias');
      const { layers = [] } = result.grains;
      assertClose(
        layers.map(({ attention }) => attention.total),
        expected('frozen_attention'),
        tolerance,
        'attention',
      );
      if (hasMlp(layers))
        assertClose(
          layers.map(({ mlp }) => mlp?.total ?? 0),
          expected('frozen_mlp'),
          tolerance,
          'mlp',
        );
      assertClose(
        layers.flatMap(({ heads }) => heads.map(({ total }) => total)),
        expected('frozen_heads'),
        tolerance,
        'heads',
      );
      assertClose(
        layers.map(({ residual }) => residual),
        expected('frozen_residual').subarray(0, layers.length),
        tolerance,
        'residual',
      );
    });
  });

  it("has the direct contributions of autograd and of TransformerLens' logit_attrs", async () => {
    await forEachTarget((prompt, index, { grains: { layers = [] }, embedding }) => {
      for (const prefix of ['direct', 'tl_direct']) {
        const compare = (part: string, values: number[]) => {
          const expected = reference.find(prompt, `${prefix}_${part}`, index);
          if (expected) assertClose(values, expected, scaledTolerance(expected, parity), `${prefix}_${part}`);
          else assert.equal(prefix, 'tl_direct', `the reference has ${part}`);
        };
        compare(
          'heads',
          layers.flatMap(({ heads }) => heads.map(({ direct }) => direct)),
        );
        compare(
          'attention',
          layers.map(({ attention }) => attention.direct),
        );
        if (hasMlp(layers))
          compare(
            'mlp',
            layers.map(({ mlp }) => mlp?.direct ?? 0),
          );
        compare('embedding', [embedding.direct]);
      }
    });
  });

  it('adds up: tokens and bias, at every depth, over heads, sources and direct contributions', async () => {
    await forEachTarget((_prompt, _index, result) => {
      const { audit, embedding } = result;
      const { layers = [], [sourcesGrain]: moves } = result.grains;
      assert.ok(audit.passed && audit.relativeGap <= identity, `relative gap ${audit.relativeGap}`);
      const tolerance = scaledTolerance(
        [audit.logit, ...result.tokens, ...layers.map(({ residual }) => residual)],
        identity,
      );
      const above = result.bias - sum(layers.map(({ bias }) => bias));
      for (const [layer, { residual, heads, attention, attentionBias }] of layers.entries()) {
        const biases = above + sum(layers.slice(layer).map(({ bias }) => bias));
        assertClose([residual + biases], [audit.logit], tolerance, `logit seen from before block ${layer}`);
        assertClose(
          [sum(heads.map(({ total }) => total)) + attentionBias.total],
          [attention.total],
          tolerance,
          'Σ heads + bias',
        );
        assertClose(
          [sum(heads.map(({ direct }) => direct)) + attentionBias.direct],
          [attention.direct],
          tolerance,
          'Σ direct heads + bias',
        );
        const size = result.tokens.length ** 2;
        const perHead = heads.map((_, head) =>
          sum(
            moves?.values.subarray((layer * heads.length + head) * size, (layer * heads.length + head + 1) * size) ??
              [],
          ),
        );
        assertClose(
          perHead,
          heads.map(({ total }) => total),
          tolerance,
          'Σ over sources',
        );
      }
      const direct = embedding.direct + sum(layers.map((layer) => layer.attention.direct + (layer.mlp?.direct ?? 0)));
      assertClose([direct + above], [audit.logit], tolerance, 'direct contributions');
      assertClose([embedding.total], [sum(result.tokens)], tolerance, 'embedding in total');
    });
  });

  it('adds up to the logit of every token of the vocabulary after a single one, however small it is', async () => {
    const { ids } = reference.prompts[0] as ReferencePrompt;
    assert.equal(ids.length, 1);
    const { vocabularySize } = model.specification;
    const targets = Array.from({ length: 2 * vocabularySize }, (_, index) => {
      const token = index % vocabularySize;
      return { position: 0, token, against: index < vocabularySize ? null : (token + 1) % vocabularySize };
    });
    const request = { inputIds: ids, targets, method: 'FROZEN' as const, selection: {} };
    for (const { target, audit } of await attributeAll(model, request, new Gate())) {
      assert.ok(audit.passed, `${JSON.stringify(target)}: relative gap ${audit.relativeGap}`);
    }
  });

  it('names the strongest edges and neurons of the exact tensors', async () => {
    await forEachTarget((prompt, _index, { grains }) => {
      const { 'edges.TOTAL': edges = [], layers = [], neurons = [], [sourcesGrain]: moves } = grains;
      const length = prompt.ids.length;
      const all = moves?.values ?? new Float32Array();
      const strongest = Array.from(all, Math.abs).sort((a, b) => b - a);
      assertClose(
        edges.map(({ score }) => Math.abs(score)),
        strongest.slice(0, edges.length),
        identity,
        'edge magnitudes',
      );
      const { headCount } = model.specification;
      for (const { layer, head, to, from, score } of edges) {
        const index = ((layer * headCount + head) * length + to) * length + from;
        assertClose([score], [all[index] as number], identity, 'edge');
        assert.ok(from <= to, 'an edge never comes from a later token');
      }
      for (const [layer, { mlp }] of layers.entries()) {
        assert.equal(neurons[layer]?.length, mlp ? everything.neurons : 0);
      }
    });
  });

  it('lists every move of a head once where all are asked for, and none from a later token', async () => {
    const { layerCount, headCount } = model.specification;
    const prompt = reference.prompts[1] as ReferencePrompt;
    const length = prompt.ids.length;
    const all = layerCount * headCount * length ** 2;
    const selection = { 'edges.TOTAL': all, 'edges.DIRECT': all };
    for (const { position, token, against } of prompt.targets) {
      const target = { position, token, against };
      const request = { inputIds: prompt.ids, target, method: 'FROZEN' as const, selection };
      const { grains } = await attribute(model, request, new Gate());
      const { 'edges.TOTAL': total = [], 'edges.DIRECT': direct = [] } = grains;
      assert.equal(total.length, (layerCount * headCount * length * (length + 1)) / 2);
      assert.equal(direct.length, layerCount * headCount * (position + 1));
      for (const edges of [total, direct]) {
        assert.ok(edges.every(({ from, to }) => from <= to));
        const names = edges.map(({ layer, head, from, to }) => [layer, head, from, to].join());
        assert.equal(new Set(names).size, edges.length);
      }
    }
  });

  it('circulates forward what it attributes in reverse, and shares sum to the residual stream', async () => {
    await forEachTarget(async (prompt, index, result) => {
      const { position, token, against } = prompt.targets[index] as ReferencePrompt['targets'][number];
      const track = [...prompt.ids.keys()];
      const target = { position, token, against };
      const steps = await circulated(model, {
        inputIds: prompt.ids,
        track,
        target,
        layers: model.specification.layerCount,
        top: 3,
      });
      const completed = steps.at(-1) as Extract<CirculationStep, { type: 'COMPLETED' }>;
      const tolerance = scaledTolerance(result.tokens, identity);
      assertClose(
        completed.tracked.map(({ score }) => score),
        result.tokens,
        tolerance,
        'forward = reverse',
      );
      assert.ok(completed.audit.passed, `relative gap ${completed.audit.relativeGap}`);
      const movement = reference.tensor(prompt, 'movement');
      const direct = reference.tensor(prompt, 'direct_moves');
      const length = prompt.ids.length;
      for (const step of steps) {
        if (step.type !== 'LAYER') continue;
        const expected = movement.subarray(step.layer * length, (step.layer + 1) * length);
        assertClose(
          step.tracked.map((tracked) => tracked.movement),
          expected,
          scaledTolerance(expected, parity),
          'movement',
        );
      }
      for (const [at, { directMoves }] of completed.tracked.entries()) {
        const expected = directMoves.map((_, layer) => (layer === 0 ? 0 : (direct[layer * length + at] as number)));
        assertClose(directMoves, expected, parity, "Arrakis's direct moves");
      }
    });
  });

  it("circulates a token as transformers' own layers do with the same things held, part by part", async () => {
    for (const prompt of reference.prompts) {
      const length = prompt.ids.length;
      const { width, headCount, layerCount, vocabularySize } = model.specification;
      const target = { position: length - 1, token: null, against: null };
      const steps = await circulated(model, {
        inputIds: prompt.ids,
        track: [prompt.circulationSource],
        target,
        layers: layerCount,
        top: vocabularySize,
      });
      const circulation = reference.tensor(prompt, 'circulation');
      const residual = reference.tensor(prompt, 'residual');
      for (const step of steps) {
        if (step.type !== 'LAYER') continue;
        const { layer } = step;
        const [tracked] = step.tracked;
        assert.ok(tracked);
        const rows = Array.from({ length }, (_, position) => {
          const start = ((layer + 1) * length + position) * width;
          return [circulation.subarray(start, start + width), residual.subarray(start, start + width)] as const;
        });
        const of = (name: string, size: number) =>
          reference.tensor(prompt, name).subarray(layer * size, (layer + 1) * size);
        const compare = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string) =>
          assertClose(actual, expected, scaledTolerance(expected, parity), `${what} after block ${layer}`);
        compare(
          tracked.norm,
          rows.map(([c]) => Math.sqrt(dot(c, c))),
          'norm',
        );
        compare(
          tracked.share,
          rows.map(([c, x]) => dot(c, x) / dot(x, x)),
          'share',
        );
        compare(tracked.throughAttention, of('circulation_attention', length), 'through attention');
        const throughMlp = reference.find(prompt, 'circulation_mlp')
          ? of('circulation_mlp', length)
          : new Float32Array(length);
        compare(tracked.throughMlp, throughMlp, 'through MLP');
        compare(tracked.heads ?? [], of('circulation_heads', headCount * length), 'heads');
        const patterns = of('patterns', headCount * length * length);
        const at = (head: number, to: number, from: number) => patterns[(head * length + to) * length + from] as number;
        const perHead = (value: (head: number, position: number) => number) =>
          Array.from({ length: headCount * length }, (_, index) => value(Math.floor(index / length), index % length));
        compare(
          tracked.paid ?? [],
          perHead((head, position) => at(head, prompt.circulationSource, position)),
          'attention paid',
        );
        compare(
          tracked.received ?? [],
          perHead((head, position) => at(head, position, prompt.circulationSource)),
          'attention received',
        );
        const { softcap } = model.specification.unembedding;
        const logits = of('logit_lens', vocabularySize).map((logit) =>
          softcap ? softcap * Math.tanh(logit / softcap) : logit,
        );
        const { lens = [] } = step;
        assert.equal(lens.length, vocabularySize);
        compare(
          lens.map(({ logit }) => logit),
          lens.map(({ token }) => logits[token] as number),
          'logit lens',
        );
        assert.ok(Math.abs(sum(lens.map(({ probability }) => probability)) - 1) < 1e-5, 'probabilities sum to 1');
      }
    }
  });

  it('leaves a token where it was when nothing can have moved it: causality', async () => {
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const position = Math.floor(prompt.ids.length / 2);
    const target = { position: prompt.ids.length - 1, token: null, against: null };
    const steps = await circulated(model, { inputIds: prompt.ids, track: [position], target, layers: 1, top: 0 });
    for (const step of steps) {
      if (step.type !== 'LAYER') continue;
      const { norm, heads = [], received = [] } = step.tracked[0] as (typeof step.tracked)[number];
      assert.ok(
        norm.subarray(0, position).every((value) => value === 0),
        'no influence on earlier positions',
      );
      assert.ok((norm[position] as number) > 0);
      for (let head = 0; head < model.specification.headCount; head++) {
        const row = head * prompt.ids.length;
        assert.ok(heads.slice(row, row + position).every((value) => value === 0));
        assert.ok(
          received.slice(row, row + position).every((value) => value === 0),
          'no earlier position attends to it',
        );
      }
    }
  });
});

async function circulated(model: LoadedModel, request: Parameters<typeof circulate>[1]): Promise<CirculationStep[]> {
  const steps: CirculationStep[] = [];
  await circulate(model, request, new Gate(), (step) => steps.push(step));
  return steps;
}

/** False in attention-only models, whose reference has no figures for it. */
function hasMlp(layers: readonly LayerResult[]): boolean {
  return layers.every(({ mlp }) => mlp !== null);
}

/** x^0 … x^L, [L + 1, position, width] */
function streams({ saved, last }: ForwardPass): number[] {
  return [...saved.map((tensors) => floatsOf(tensors, 'x')), floatsOf({ last }, 'last')].flatMap((values) =>
    Array.from(values),
  );
}

/** One saved tensor of every block, [L, …] */
function stacked({ saved }: ForwardPass, name: string, blocks: number): number[] {
  assert.equal(saved.length, blocks);
  return saved.flatMap((tensors) => Array.from(floatsOf(tensors, name)));
}

/** After the softcap, [position, vocabulary]: the lens over the whole vocabulary, put back in order. */
async function allLogits(model: LoadedModel, { last }: ForwardPass): Promise<Float32Array> {
  const [, length = 0] = last.dims;
  const { vocabularySize } = model.specification;
  const none = integers(Array(length).fill(-1));
  const positions = Array.from({ length }, (_, position) => [0, position]).flat();
  const out = await model.run('target', {
    x: last,
    at: integers(positions, length, 2),
    token: none,
    against: none,
    top: integers([vocabularySize]),
  });
  const values = floatsOf(out, 'top_logits');
  const logits = new Float32Array(length * vocabularySize);
  for (const [index, token] of integersOf(out, 'top_tokens').entries()) {
    logits[Math.floor(index / vocabularySize) * vocabularySize + token] = values[index] as number;
  }
  return logits;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((total, value, index) => total + value * (b[index] as number), 0);
}
