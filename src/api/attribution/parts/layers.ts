/** What a block and its heads contribute. */

import type { LayerResult } from '../../../explain/attribution/grains/layer-result.ts';
import type { ContributionResult } from '../../../explain/attribution/result.ts';
import { builder } from '../../builder.ts';
import { extent } from '../../expected-size.ts';
import type { AttributionValue } from '../attribution-value.ts';
import { Contribution } from '../contribution-type.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { type Estimated, isKnown, needs, nullOfTokensAlone } from './part.ts';

export const layers: Estimated = {
  field: 'layers',
  list: false,
  description: '`layers`, with their heads.',
  key: 'layers',
};

export interface HeadValue extends ContributionResult {
  readonly head: number;
  readonly attribution: AttributionValue;
  readonly layer: number;
}

export const HeadAttribution = builder.objectRef<HeadValue>('HeadAttribution').implement({
  description: 'What one attention head contributes.',
  fields: (t) => ({
    head: t.exposeInt('head', { description: 'The head in the block, from 0.' }),
    direct: t.exposeFloat('direct', { description: 'What it writes straight to the logit at the target position.' }),
    total: t.exposeFloat('total', { description: 'All that passes through it.' }),
  }),
});

export interface LayerValue {
  readonly attribution: AttributionValue;
  readonly layer: number;
}

export const layerOf = ({ attribution, layer }: LayerValue) => attribution.result.grains.layers?.[layer] as LayerResult;

export const LayerAttribution = builder.objectRef<LayerValue>('LayerAttribution').implement({
  description: 'What one block contributes.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
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
      ...extent(({ headCount }) => headCount),
      type: [HeadAttribution],
      description: 'Each attention head.',
      resolve: (value) => layerOf(value).heads.map((contribution, head) => ({ ...contribution, ...value, head })),
    }),
  }),
});

builder.objectField(LogitAttribution, 'layers', (t) =>
  t.field({
    ...needs(
      () => ['layers', 1],
      ({ layerCount }) => layerCount,
    ),
    type: [LayerAttribution],
    nullable: true,
    description: `What each block contributes, first to last. ${nullOfTokensAlone}`,
    resolve: (attribution) =>
      isKnown(attribution, 'layers')
        ? (attribution.result.grains.layers ?? []).map((_, layer) => ({ attribution, layer }))
        : null,
  }),
);
