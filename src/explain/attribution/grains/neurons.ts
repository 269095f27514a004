import { floatsOf, integers, integersOf, type Tensor } from '../../../inference/tensor.ts';
import type { NeuronResult } from '../result.ts';
import type { Grain } from './grain.ts';

/** The strongest neurons of every block, by the magnitude of their total. */
export const neurons: Grain = (model, { neurons: count = 0 }) => {
  if (count === 0) return undefined;
  const read: NeuronResult[][] = [];
  return {
    saved: ({ mlp }) => (mlp ? ['mlp_pre', 'mlp_gate'] : []),
    reversed: ({ mlp }) => (mlp ? ['grad_act', 'direct_act'] : []),
    async read({ layer, block, tensors, position: target }) {
      if (!block.mlp) {
        read.unshift([]);
        return;
      }
      const [, length = 0, width = 0] = (tensors.mlp_pre as Tensor).dims;
      const top = integers([Math.min(count, length * width)]);
      const out = await model.runBlock('strongestNeurons', layer, { ...tensors, top });
      const [activations, directs, scores] = ['activations', 'directs', 'scores'].map((name) => floatsOf(out, name));
      read.unshift(
        integersOf(out, 'indices').map((index, rank) => {
          const position = Math.floor(index / width);
          return {
            neuron: index % width,
            position,
            activation: activations?.[rank] as number,
            // Only what stands at the target's position is written straight to its logit.
            direct: position === target ? (directs?.[rank] as number) : 0,
            total: scores?.[rank] as number,
          };
        }),
      );
    },
    result: () => ({ neurons: read }),
  };
};
