/** The events of the blocks of a logit attribution in GraphQL: each on the way up, and each on the way down. */
import type { AttributionStep } from '../../explain/attribution/ledger/step.ts';
import type { ContributionResult } from '../../explain/attribution/result.ts';
import { longestList } from '../bounds.ts';
import { builder, listComplexity } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { LensToken } from '../models/lens-token.ts';
import { type EventValue, lensToken, RunEvent, stepOf as stepOfAny, told } from '../runs/run-event.ts';
import { Contribution } from './contribution-type.ts';
import { needs } from './parts/part.ts';

/** What an event of this type tells. */
const stepOf = <Type extends AttributionStep['type']>(value: EventValue, type: Type) =>
  stepOfAny<AttributionStep, Type>(value, type);

const ProvisionalContributions = builder.objectRef<EventValue>('ProvisionalContributions').implement({
  description:
    "What the parts of a block write straight to the target's logit, up to one factor that all of them share and that is known at the end, the scale of the final norm. Times `AttributionCompleted.normScale` each is the `direct` of its `Contribution`; until then they tell which is larger, and their signs.",
  fields: (t) => ({
    attention: t.float({
      description: "The block's attention: its heads and `attentionBias`.",
      resolve: (value) => provisionalOf(value).attention,
    }),
    mlp: t.float({
      nullable: true,
      description: "The block's MLP; null in a block that has none.",
      resolve: (value) => provisionalOf(value).mlp,
    }),
    attentionBias: t.float({
      description: "The attention's own output bias, which is no head's.",
      resolve: (value) => provisionalOf(value).attentionBias,
    }),
    heads: t.floatList({
      ...extent(({ headCount }) => headCount),
      description: 'Each attention head.',
      resolve: (value) => Array.from(provisionalOf(value).heads),
    }),
  }),
});

function provisionalOf(value: EventValue) {
  const { provisional } = stepOf(value, 'FORWARD');
  if (!provisional) throw new Error(`Event ${value.event.seq} tells nothing provisional`);
  return provisional;
}

/** Of the lens of an event, where nothing else is said. */
export const usualLens = 5;

export const LayerPassed = builder.objectRef<EventValue>('LayerPassed').implement({
  description:
    'The forward pass has passed a block. Its figures are provisional; what it contributes, the way down tells.',
  interfaces: [RunEvent],
  fields: (t) => ({
    layer: t.int({ description: 'The block, from 0.', resolve: (value) => stepOf(value, 'FORWARD').layer }),
    elapsed: t.float({
      description: 'Milliseconds that the block took.',
      resolve: (value) => stepOf(value, 'FORWARD').elapsed,
    }),
    provisional: t.field({
      ...needs(() => ['ledger.PROVISIONAL', 1]),
      type: ProvisionalContributions,
      nullable: true,
      description:
        "What it writes straight to the logit, up to a factor. Null where only the end says what it is: the target is the model's own choice, or no logit, or norms over the residual stream itself lie on the way.",
      resolve: (value) => (told(stepOf(value, 'FORWARD').provisional) === null ? null : value),
    }),
    lens: t.field({
      ...needs(({ first }: { readonly first: number }) => ['ledger.LENS', first]),
      type: [LensToken],
      args: {
        first: t.arg.int({ required: true, defaultValue: usualLens, description: `How many, at most ${longestList}.` }),
      },
      complexity: listComplexity,
      description:
        'What the model would say after this block at the target position, likeliest first. The unembedding is read for every block, or for a few together where they follow within 25 milliseconds.',
      resolve: (event, { first }) => {
        if (first === 0) return [];
        const lens = told(stepOf(event, 'FORWARD').lens);
        return lens.slice(0, first).map((token) => lensToken(event, token));
      },
    }),
    target: t.field({
      ...needs(() => ['ledger.LENS', 1]),
      type: LensToken,
      description: 'The target token after this block; where no target was named, the likeliest.',
      resolve: (event) => lensToken(event, told(stepOf(event, 'FORWARD').target)),
    }),
  }),
});

const HeadContribution = builder
  .objectRef<ContributionResult & { readonly head: number }>('HeadContribution')
  .implement({
    description:
      'What one attention head contributes, as an event tells it; `HeadAttribution` has `sources` beside it.',
    fields: (t) => ({
      head: t.exposeInt('head', { description: 'The head in the block, from 0.' }),
      direct: t.exposeFloat('direct', { description: 'What it writes straight to the logit at the target position.' }),
      total: t.exposeFloat('total', { description: 'All that passes through it.' }),
    }),
  });

const contributionsOf = (value: EventValue) => told(stepOf(value, 'REVERSE').contributions);
const total = () => needs(() => ['ledger.TOTAL', 1]);

export const LayerAttributed = builder.objectRef<EventValue>('LayerAttributed').implement({
  description:
    'The reverse pass has passed a block: what it contributes, final, to the last bit as in `LogitAttribution.layers`.',
  interfaces: [RunEvent],
  fields: (t) => ({
    layer: t.int({ description: 'The block, from 0.', resolve: (value) => stepOf(value, 'REVERSE').layer }),
    elapsed: t.float({
      description: 'Milliseconds that the block took, of all targets that are traced together.',
      resolve: (value) => stepOf(value, 'REVERSE').elapsed,
    }),
    attention: t.field({
      ...total(),
      type: Contribution,
      description: "The block's attention: its heads and `attentionBias`.",
      resolve: (value) => contributionsOf(value).attention,
    }),
    mlp: t.field({
      ...total(),
      type: Contribution,
      nullable: true,
      description: "The block's MLP; null in a block that has none.",
      resolve: (value) => contributionsOf(value).mlp,
    }),
    attentionBias: t.field({
      ...total(),
      type: Contribution,
      description: "The attention's own output bias, which is no head's.",
      resolve: (value) => contributionsOf(value).attentionBias,
    }),
    heads: t.field({
      ...needs(
        () => ['ledger.TOTAL', 1],
        ({ headCount }) => headCount,
      ),
      type: [HeadContribution],
      description: 'Each attention head.',
      resolve: (value) => contributionsOf(value).heads.map((contribution, head) => ({ ...contribution, head })),
    }),
    residual: t.float({
      ...total(),
      description: 'What the residual stream before this block carries to the logit; with `biasSoFar` it is the logit.',
      resolve: (value) => contributionsOf(value).residual,
    }),
    bias: t.float({
      ...total(),
      description: "What all of this block's biases contribute.",
      resolve: (value) => contributionsOf(value).bias,
    }),
    biasSoFar: t.float({
      ...total(),
      description:
        "What all biases from here to the logit contribute, this block's included; of block 0 it is the attribution's `bias`.",
      resolve: (value) => told(stepOf(value, 'REVERSE').biasSoFar),
    }),
  }),
});
