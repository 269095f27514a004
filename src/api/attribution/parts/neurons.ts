import type { NeuronResult } from '../../../explain/attribution/grains/neurons.ts';
import { builder, listComplexity } from '../../builder.ts';
import { LayerAttribution } from './layers.ts';
import { longestList } from './need.ts';
import { type Estimated, needs } from './part.ts';

export const neurons: Estimated = {
  field: 'neurons',
  list: true,
  description: '`first` of the `neurons` of every block.',
  key: 'neurons',
};

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

type Args = { readonly first: number };

builder.objectField(LayerAttribution, 'neurons', (t) =>
  t.field({
    ...needs(({ first }: Args) => ['neurons', first]),
    type: [NeuronAttribution],
    description: 'The neurons that matter most, by the magnitude of `total`, strongest first.',
    args: {
      first: t.arg.int({ required: true, defaultValue: 10, description: `How many, at most ${longestList}.` }),
    },
    complexity: listComplexity,
    resolve: (value, { first }) => (value.attribution.result.grains.neurons?.[value.layer] ?? []).slice(0, first),
  }),
);
