/** What FROZEN, GRADIENT and ATTN_LRP share: one forward pass, then one reverse pass under the rule set of that name. */
import { type RuleSet, ruleSets } from '../../graph/rules/registry.ts';
import { forwardPass, inputsOf } from '../../model/forward-pass.ts';
import { readTarget } from '../../model/target.ts';
import { floatsOf, type Tensor, type Tensors } from '../../model/tensor.ts';
import { audit } from '../audit.ts';
import { readGrains } from '../grains.ts';
import type { LayerResult } from '../result.ts';
import { reversePass } from '../reverse-pass.ts';
import { embeddingOf, tokenScores } from '../token-scores.ts';
import type { Method } from './method.ts';

const layerOutputs = [
  'residual',
  'attention',
  'attention_direct',
  'attention_bias',
  'attention_bias_direct',
  'heads',
  'heads_direct',
];
const mlpOutputs = ['mlp', 'mlp_direct'];

export function byReversePass(rules: RuleSet): Method {
  const graph = `reverse.${rules}` as const;
  return {
    graphs: ['embedding', 'forward', 'target', graph, 'tokenScores'],
    async attribute(model, { inputIds, target, selection }, gate) {
      const { layers: wantsLayers } = selection;
      const grains = readGrains(model, selection);
      const pass = await forwardPass(model, inputIds, gate, inputsOf(model, graph, grains.saved));
      const reading = await readTarget(model, pass.last, target);
      const { position } = target;
      const { direction, derivative } = reading;
      const start = { grad: ruleSets[rules].norm === 'HELD' ? direction : derivative, direct: direction, position };

      const layers: LayerResult[] = [];
      let { bias } = reading;
      let grad: Tensor | undefined;
      const outputs = ({ mlp }: { mlp?: unknown }) =>
        wantsLayers ? [...layerOutputs, ...(mlp ? mlpOutputs : [])] : [];
      const back = reversePass(model, rules, pass, start, gate, (block) => [
        'bias',
        ...grains.needs(block),
        ...outputs(block),
      ]);
      for await (const { layer, block, saved, out } of back) {
        bias += first(out, 'bias');
        if (wantsLayers) layers.unshift(readLayer(out, block.mlp !== undefined));
        await grains.read(layer, saved, out, position);
        grad = out.grad_before;
      }
      const scores = await tokenScores(model, grad as Tensor, pass);
      return {
        target: reading.target,
        ...scores,
        bias,
        audit: audit(reading.attributed, [...scores.tokens, bias]),
        layers,
        embedding: embeddingOf(direction, pass.x, position, scores.tokens),
        ...grains.result(),
      };
    },
  };
}

function readLayer(out: Tensors, hasMlp: boolean): LayerResult {
  const heads = floatsOf(out, 'heads_direct');
  const totals = floatsOf(out, 'heads');
  const length = totals.length / heads.length;
  return {
    attention: { direct: first(out, 'attention_direct'), total: total(floatsOf(out, 'attention')) },
    mlp: hasMlp ? { direct: first(out, 'mlp_direct'), total: total(floatsOf(out, 'mlp')) } : null,
    attentionBias: { direct: first(out, 'attention_bias_direct'), total: first(out, 'attention_bias') },
    heads: Array.from(heads, (direct, head) => ({
      direct,
      total: total(totals.subarray(head * length, (head + 1) * length)),
    })),
    residual: first(out, 'residual'),
    bias: first(out, 'bias'),
  };
}

const first = (tensors: Tensors, name: string): number => floatsOf(tensors, name)[0] as number;

const total = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);
