import { at } from '../../../inference/rows.ts';
import { cut, floatsOf, integers, integersOf, rowsOf, type Tensor } from '../../../inference/tensor.ts';
import type { ContributionResult } from '../result.ts';
import { type Grain, throughBlocks } from './grain.ts';

export interface NeuronResult extends ContributionResult {
  readonly neuron: number;
  readonly position: number;
  readonly activation: number;
}

declare module '../result.ts' {
  interface Grains {
    /** The strongest neurons of every block. */
    neurons: readonly (readonly NeuronResult[])[];
  }
}

/** What the strongest are found in, position by position. */
const inputs = ['grad_act', 'mlp_pre', 'mlp_gate'];

/** The strongest neurons of every block, by the magnitude of their total. */
export const neurons: Grain = {
  name: 'neurons',
  version: 1,
  examples: { neurons: 5 },
  description: 'The neurons of every block that contribute most, and at which position.',
  exists: throughBlocks,
  saved: ({ mlp }) => (mlp ? ['mlp_pre', 'mlp_gate'] : []),
  cost: (model, length) => model.readouts(length, 1),
  reader(model, { neurons: count = 0 }) {
    const read: NeuronResult[][] = [];
    return {
      reversed: ({ mlp }) => (mlp ? ['grad_act', 'direct_act'] : []),
      async read({ layer, block, tensors, positions }) {
        if (!block.mlp) {
          read.unshift([]);
          return;
        }
        const [, length = 0, width = 0] = (tensors.mlp_pre as Tensor).dims;
        // In the last block what stands elsewhere does not reach the target; its MLP may not even have been computed there.
        const isLast = layer === model.specification.layerCount - 1;
        const span = isLast ? positions : { from: 0, to: length };
        const parts = inputs.flatMap((name) => {
          const tensor = tensors[name];
          return tensor ? [[name, cut(tensor, 1, span)] as const] : [];
        });
        const feeds = {
          ...Object.fromEntries(parts),
          top: integers([Math.min(count, (span.to - span.from) * width)]),
        };
        const out = await model.runBlock('strongestNeurons', layer, feeds);
        const activations = floatsOf(out, 'activations');
        const directs = rowsOf(tensors.direct_act as Tensor);
        const scores = floatsOf(out, 'scores');
        read.unshift(
          integersOf(out, 'indices').map((index, rank) => {
            const [neuron, position] = [index % width, span.from + Math.floor(index / width)];
            const activation = at(activations, rank);
            // Only what stands at the target's positions is written straight to its logit.
            const isThere = position >= positions.from && position < positions.to;
            return {
              neuron,
              position,
              activation,
              direct: isThere ? Math.fround(activation * at(directs.row(position - positions.from), neuron)) : 0,
              total: at(scores, rank),
            };
          }),
        );
      },
      result: () => ({ neurons: read }),
    };
  },
};
