/** How far token scores can be trusted. */

import { inputError } from '../../../errors.ts';
import {
  type CurveResult,
  type FaithfulnessResult,
  mostPasses,
  type OrderFaithfulnessResult,
} from '../../../explain/attribution/studies/faithfulness.ts';
import { builder, passComplexity } from '../../builder.ts';
import { orGraphQLError } from '../../failures.ts';
import type { AttributionValue } from '../attribution-value.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { type Estimated, isKnown, needs } from './part.ts';

export const faithfulness: Estimated = {
  field: 'faithfulness',
  list: false,
  description: '`faithfulness`.',
  key: 'faithfulness',
};

const needed = needs(() => ['faithfulness', 1]);

const FaithfulnessCurve = builder.objectRef<CurveResult>('FaithfulnessCurve').implement({
  description: 'What the probability of the target token loses as more tokens are taken.',
  fields: (t) => ({
    drops: t.floatList({
      description:
        'The probability in the run, less what it becomes; one for each of `fractions`. Negative where it rises.',
      resolve: ({ drops }) => [...drops],
    }),
    area: t.exposeFloat('area', { description: 'The mean of the drops: the area over the perturbation curve.' }),
  }),
});

const orderFields = {
  comprehensiveness:
    'What is lost when the first tokens of the order are taken out. High if the model needed them: higher is better.',
  sufficiency:
    'What is lost when nothing but the first tokens of the order is kept. Low if they suffice: lower is better.',
};

const OrderFaithfulness = builder.objectRef<OrderFaithfulnessResult>('OrderFaithfulness').implement({
  description: 'The same for an order of the tokens that no attribution gave.',
  fields: (t) => ({
    comprehensiveness: t.field({
      type: FaithfulnessCurve,
      description: orderFields.comprehensiveness,
      resolve: ({ comprehensiveness }) => comprehensiveness,
    }),
    sufficiency: t.field({
      type: FaithfulnessCurve,
      description: orderFields.sufficiency,
      resolve: ({ sufficiency }) => sufficiency,
    }),
  }),
});

/** Each of them is there when it was selected. */
export interface FaithfulnessValue {
  readonly attribution: AttributionValue;
}

const curvesOf = ({ attribution }: FaithfulnessValue) => attribution.result.grains.faithfulness as FaithfulnessResult;

export const Faithfulness = builder.objectRef<FaithfulnessValue>('Faithfulness').implement({
  description:
    'Do the tokens with the highest scores carry the prediction? Of the tokens up to the target position the first k % by score are taken out, or nothing but them is kept, and the model runs again: comprehensiveness and sufficiency of DeYoung et al. 2020 (ERASER), in the probability of the target token, of a span the sum over its tokens. A token is taken out as OCCLUSION does it, by the `baseline` of the options where the method takes one. Orders that know nothing are beside it: scores that do no better than `random` say nothing of the model. Runs the model up to 71 times.',
  fields: (t) => ({
    fractions: t.floatList({
      ...needed,
      description: 'Which shares of the tokens are taken: 1, 5, 10, 20 and 50 %.',
      resolve: (value) => [...curvesOf(value).fractions],
    }),
    counts: t.intList({
      ...needed,
      description: 'How many tokens each share is, rounded up; the same for every order.',
      resolve: (value) => [...curvesOf(value).counts],
    }),
    comprehensiveness: t.field({
      ...needed,
      type: FaithfulnessCurve,
      description: orderFields.comprehensiveness,
      resolve: (value) => curvesOf(value).comprehensiveness,
    }),
    sufficiency: t.field({
      ...needed,
      type: FaithfulnessCurve,
      description: orderFields.sufficiency,
      resolve: (value) => curvesOf(value).sufficiency,
    }),
    random: t.field({
      ...needed,
      type: OrderFaithfulness,
      description: 'The floor: the mean of five random orders, the same ones each time.',
      resolve: (value) => curvesOf(value).random,
    }),
    recency: t.field({
      ...needed,
      type: OrderFaithfulness,
      description: 'The latest tokens first: a rule that needs no attribution, and is often hard to beat.',
      resolve: (value) => curvesOf(value).recency,
    }),
  }),
});

builder.objectField(LogitAttribution, 'faithfulness', (t) =>
  t.field({
    type: Faithfulness,
    description: 'Does it hold? Whether the model needs the tokens that score highest, and whether they suffice it.',
    complexity: { field: passComplexity * mostPasses },
    resolve: (attribution) => {
      if (isKnown(attribution, 'faithfulness')) return { attribution };
      return orGraphQLError(() =>
        Promise.reject(
          inputError(
            'faithfulness',
            'A span against another continuation has no `faithfulness`: ask for that of the span, or leave the field out',
          ),
        ),
      );
    },
  }),
);
