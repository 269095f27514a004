import { at } from '../../../inference/rows.ts';
import { firstOf, floatsOf, type Tensor } from '../../../inference/tensor.ts';
import { normsStream } from '../../../onnx/skip.ts';
import type { ContributionResult } from '../result.ts';
import { type Grain, throughBlocks } from './grain.ts';
import type { LayerResult } from './layer-result.ts';

declare module '../result.ts' {
  interface Grains {
    /** Per block: attention and MLP, direct and total, with the heads' figures. */
    layers: readonly LayerResult[];
  }
}

/** Per block what its attention, heads, MLP and biases contribute, direct and total. */
export const layers: Grain = {
  name: 'layers',
  version: 1,
  examples: { layers: 1 },
  description: 'Per block what attention, each head, the MLP and the biases contribute, directly and in total.',
  exists: throughBlocks,
  saved: ({ mlp }) => ['attention_out', 'z', ...(mlp ? ['mlp_out'] : [])],
  cost: (model, length) => model.readouts(length, 4),
  reader(model) {
    const read: LayerResult[] = [];
    return {
      reversed: ({ parallel, mlp }) => [
        ...(parallel || !mlp ? [] : ['grad_attention']),
        ...(mlp?.postNorm && normsStream(mlp.postNorm) ? ['direct_attention'] : []),
        ...['grad_z', 'direct_z', 'attention_bias', 'attention_bias_direct'],
      ],
      async read({ block, tensors, gradAfter }) {
        const contribution = async (grad: Tensor, direct: Tensor, name: string): Promise<ContributionResult> => {
          const found = await model.run('contribution', { ...tensors, grad, direct, out: tensors[name] as Tensor });
          return { direct: firstOf(found, 'direct_score'), total: firstOf(found, 'total_score') };
        };
        const { grad_attention: gradAttention = gradAfter, grad_before: grad, x } = tensors;
        const direct = tensors.direct as Tensor;
        const { direct_attention: directAttention = direct } = tensors;
        const heads = await model.run('headContributions', tensors);
        const totals = floatsOf(heads, 'total_score');
        const layers: LayerResult = {
          attention: await contribution(gradAttention, directAttention, 'attention_out'),
          mlp: block.mlp ? await contribution(gradAfter, direct, 'mlp_out') : null,
          attentionBias: {
            direct: sum(floatsOf(tensors, 'attention_bias_direct')),
            total: firstOf(tensors, 'attention_bias'),
          },
          heads: Array.from(floatsOf(heads, 'direct_score'), (direct, head) => ({
            direct,
            total: at(totals, head),
          })),
          residual: sum(floatsOf(await model.run('tokenScores', { grad: grad as Tensor, x: x as Tensor }), 'scores')),
          bias: firstOf(tensors, 'bias'),
        };
        read.unshift(layers);
        return { layers };
      },
      result: () => ({ layers: read }),
    };
  },
};

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);
