/** What a block, its heads and its neurons contribute, in GraphQL. */

import { sourcesGrain } from '../../explain/attribution/grains/moves-grain.ts';
import type { ContributionResult, LayerResult, NeuronResult } from '../../explain/attribution/result.ts';
import { builder, listComplexity } from '../builder.ts';
import { Tensor } from '../scalars.ts';
import type { AttributionValue } from './attribution-value.ts';
import { Contribution } from './contribution-type.ts';
import { longestList } from './selection.ts';

interface HeadValue extends ContributionResult {
  readonly head: number;
  readonly sources: Float32Array | undefined;
  readonly length: number;
}

const HeadAttribution = builder.objectRef<HeadValue>('HeadAttribution').implement({
  description: 'What one attention head contributes.',
  fields: (t) => ({
    head: t.exposeInt('head', { description: 'Its number in the block, from 0.' }),
    direct: t.exposeFloat('direct', { description: 'What it writes straight to the logit at the target position.' }),
    total: t.exposeFloat('total', { description: 'All that passes through it.' }),
    sources: t.field({
      type: Tensor,
      description:
        '[to, from] within the prompt: what it contributes by moving from one position to another. Sums to `total`.',
      // As large as the prompt's length squared.
      complexity: { field: 100 },
      resolve: ({ sources, length }) => ({ shape: [length, length], values: sources ?? new Float32Array() }),
    }),
  }),
});

const NeuronAttribution = builder.objectRef<NeuronResult>('NeuronAttribution').implement({
  description: 'What one MLP neuron contributes at one position.',
  fields: (t) => ({
    neuron: t.exposeInt('neuron', { description: 'Its number in the MLP, from 0.' }),
    position: t.exposeInt('position', { description: 'The position of the prompt at which it is active.' }),
    activation: t.exposeFloat('activation', { description: 'Its activation there.' }),
    direct: t.exposeFloat('direct', {
      description: 'What it writes straight to the logit; 0 away from the target position.',
    }),
    total: t.exposeFloat('total', { description: 'All that passes through it.' }),
  }),
});

interface LayerValue {
  readonly attribution: AttributionValue;
  readonly layer: number;
}

const layerOf = ({ attribution, layer }: LayerValue) => attribution.result.grains.layers?.[layer] as LayerResult;

export const LayerAttribution = builder.objectRef<LayerValue>('LayerAttribution').implement({
  description: 'What one block contributes.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'Its number, from 0.' }),
    attention: t.field({
      type: Contribution,
      description: "The block's attention: its heads and `attentionBias`.",
      resolve: (value) => layerOf(value).attention,
    }),
    mlp: t.field({
      type: Contribution,
      nullable: true,
      description: "The block's MLP; null in a block that has none.",
      resolve: (value) => layerOf(value).mlp,
    }),
    attentionBias: t.field({
      type: Contribution,
      description: "The attention's own output bias, which is no head's.",
      resolve: (value) => layerOf(value).attentionBias,
    }),
    residual: t.float({
      description:
        'What the residual stream before this block carries to the logit. With the biases from here on it is the logit, at every depth.',
      resolve: (value) => layerOf(value).residual,
    }),
    bias: t.float({
      description: "What all of this block's biases contribute.",
      resolve: (value) => layerOf(value).bias,
    }),
    heads: t.field({
      type: [HeadAttribution],
      description: 'Each attention head.',
      resolve: (value) => {
        const { heads } = layerOf(value);
        const length = value.attribution.result.tokens.length;
        const moves = value.attribution.result.grains[sourcesGrain]?.values;
        const size = length * length;
        return heads.map((contribution, head) => {
          const start = (value.layer * heads.length + head) * size;
          return { ...contribution, head, length, sources: moves?.subarray(start, start + size) };
        });
      },
    }),
    neurons: t.field({
      type: [NeuronAttribution],
      description: 'The neurons that matter most, by the magnitude of `total`, strongest first.',
      args: {
        first: t.arg.int({ required: true, defaultValue: 10, description: `How many, at most ${longestList}.` }),
      },
      complexity: listComplexity,
      resolve: (value, { first }) => (value.attribution.result.grains.neurons?.[value.layer] ?? []).slice(0, first),
    }),
  }),
});
