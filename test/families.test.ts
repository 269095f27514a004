/**
 * Every model family, on checkpoints that transformers wrote: the forward pass against transformers, the frozen map
 * against autograd and TransformerLens, and every identity.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attribute, attributeAll } from '../src/explain/attribution/attribute.ts';
import type { LayerResult } from '../src/explain/attribution/grains/layer-result.ts';
import { sourcesGrain } from '../src/explain/attribution/grains/moves-grain.ts';
import { type ForwardPass, forwardPass } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LoadedModel } from '../src/inference/loaded-model.ts';
import { floatsOf, integers, integersOf } from '../src/inference/tensor.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { forEachAttributed, type TargetCheck } from './support/attributed.ts';
import { assertClose, scaledTolerance, sum } from './support/close.ts';

/** Absolute, for logits, residual streams and patterns. */
const parity = 1e-4;
/** Of the largest value involved, for sums that must come out the same by two ways. */
const identity = 1e-4;

const everything = { layers: 1, [sourcesGrain]: 1, neurons: 4, 'edges.TOTAL': 8, 'edges.DIRECT': 8, residuals: 1 };

await describeReferences((reference, model) => {
  const forEachTarget = (check: TargetCheck) => forEachAttributed(reference, model, everything, check);

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

  it('lists every move of a head once where all are asked for, none from a later token and none past the target', async () => {
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
      assert.equal(total.length, (layerCount * headCount * (position + 1) * (position + 2)) / 2);
      assert.equal(direct.length, layerCount * headCount * (position + 1));
      for (const edges of [total, direct]) {
        assert.ok(edges.every(({ from, to }) => from <= to));
        const names = edges.map(({ layer, head, from, to }) => [layer, head, from, to].join());
        assert.equal(new Set(names).size, edges.length);
      }
    }
  });
});

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
