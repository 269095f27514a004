import { floatsOf, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import { normsStream } from '../../../onnx/skip.ts';
import type { ContributionResult, LayerResult } from '../result.ts';
import type { Grain } from './grain.ts';

/** Per block what its attention, heads, MLP and biases contribute, direct and total. */
export const layers: Grain = (model, { layers: selected }) => {
  if (!selected) return undefined;
  const read: LayerResult[] = [];
  return {
    saved: ({ mlp }) => ['attention_out', 'z', ...(mlp ? ['mlp_out'] : [])],
    reversed: ({ parallel, mlp }) => [
      ...(parallel || !mlp ? [] : ['grad_attention']),
      ...(mlp?.postNorm && normsStream(mlp.postNorm) ? ['direct_attention'] : []),
      ...['grad_z', 'direct_z', 'attention_bias', 'attention_bias_direct'],
    ],
    async read({ block, tensors, gradAfter }) {
      const contribution = async (grad: Tensor, direct: Tensor, name: string): Promise<ContributionResult> => {
        const found = await model.run('contribution', { ...tensors, grad, direct, out: tensors[name] as Tensor });
        return { direct: first(found, 'direct_score'), total: first(found, 'total_score') };
      };
      const { grad_attention: gradAttention = gradAfter, grad_before: grad, x } = tensors;
      const direct = tensors.direct as Tensor;
      const { direct_attention: directAttention = direct } = tensors;
      const heads = await model.run('headContributions', tensors);
      const totals = floatsOf(heads, 'total_score');
      read.unshift({
        attention: await contribution(gradAttention, directAttention, 'attention_out'),
        mlp: block.mlp ? await contribution(gradAfter, direct, 'mlp_out') : null,
        attentionBias: { direct: first(tensors, 'attention_bias_direct'), total: first(tensors, 'attention_bias') },
        heads: Array.from(floatsOf(heads, 'direct_score'), (direct, head) => ({
          direct,
          total: totals[head] as number,
        })),
        residual: sum(floatsOf(await model.run('tokenScores', { grad: grad as Tensor, x: x as Tensor }), 'scores')),
        bias: first(tensors, 'bias'),
      });
    },
    result: () => ({ layers: read }),
  };
};

const first = (tensors: Tensors, name: string): number => floatsOf(tensors, name)[0] as number;

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);
