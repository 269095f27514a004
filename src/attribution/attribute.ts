/** Logit attribution by the frozen linear map: one forward pass, then one reverse pass of every block. Runs in a worker. */
import { type ForwardPass, forwardPass } from '../model/forward-pass.ts';
import type { Gate } from '../model/gate.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { readTarget } from '../model/target.ts';
import { floats, floatsOf, integers, type Tensor, type Tensors } from '../model/tensor.ts';
import { audit } from './audit.ts';
import { readGrains } from './grains.ts';
import type { AttributionRequest, AttributionResult, LayerResult } from './result.ts';

const layerOutputs = [
  'residual',
  'bias',
  'attention',
  'attention_direct',
  'attention_bias',
  'attention_bias_direct',
  'heads',
  'heads_direct',
];
const mlpOutputs = ['mlp', 'mlp_direct'];

/** The sessions that a request needs. */
export const attributionGraphs = ['embedding', 'forward', 'target', 'reverse', 'tokenScores'] as const;

/** @throws TributaryError CANCELLED between two blocks */
export async function attribute(
  model: LoadedModel,
  request: AttributionRequest,
  gate: Gate,
): Promise<AttributionResult> {
  const pass = await forwardPass(model, request.inputIds, gate);
  const reading = await readTarget(model, pass.last, request.target);
  const { position } = request.target;
  const { selection } = request;

  const { width, layerCount, blocks } = model.specification;
  const at = integers([0, position], 1, 2);
  const direct = floats(reading.direction, 1, 1, width);
  const initial = new Float32Array(request.inputIds.length * width);
  initial.set(reading.direction, position * width);
  let grad = floats(initial, 1, request.inputIds.length, width);

  const layers: LayerResult[] = [];
  const grains = readGrains(model, selection);
  let bias = reading.bias;
  for (let layer = layerCount - 1; layer >= 0; layer--) {
    gate.pass(layer);
    const block = blocks[layer] as (typeof blocks)[number];
    const saved = pass.saved.pop() as Tensors;
    const fetched = [
      'grad_before',
      'bias',
      ...grains.needs(block),
      ...(selection.layers ? [...layerOutputs, ...(block.mlp ? mlpOutputs : [])] : []),
    ];
    const out = await model.runBlock('reverse', layer, { ...saved, ...pass.positions.of(block), grad, direct, at }, [
      ...new Set(fetched),
    ]);
    bias += first(out, 'bias');
    if (selection.layers) layers.unshift(readLayer(out, block.mlp !== undefined));
    await grains.read(layer, saved, out, position);
    grad = out.grad_before as Tensor;
  }
  const scores = await tokenScores(model, grad, pass);
  return {
    target: reading.target,
    ...scores,
    bias,
    audit: audit(reading.attributed, [...scores.tokens, bias]),
    layers,
    embedding: {
      direct: rowDot(reading.direction, floatsOf({ x: pass.x }, 'x'), position * width),
      total: total(scores.tokens),
    },
    ...grains.result(),
  };
}

/** a_s = ⟨g^0_s, x^0_s⟩, and the learned positions' part of it. */
async function tokenScores(
  model: LoadedModel,
  grad: Tensor,
  pass: ForwardPass,
): Promise<Pick<AttributionResult, 'tokens' | 'positions'>> {
  const score = async (x: Tensor) => floatsOf(await model.run('tokenScores', { grad, x }), 'scores');
  if (!pass.token || !pass.position) return { tokens: await score(pass.x), positions: null };
  const positions = await score(pass.position);
  const tokens = (await score(pass.token)).map((value, position) => value + (positions[position] as number));
  return { tokens, positions };
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

/** ⟨direction, x[offset…]⟩ */
function rowDot(direction: Float32Array, x: Float32Array, offset: number): number {
  return direction.reduce((sum, value, index) => sum + value * (x[offset + index] as number), 0);
}
