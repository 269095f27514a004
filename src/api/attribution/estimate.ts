/** Memory and time of an attribution before it is run: `Model.estimate`. */

import { requireInBounds } from '../../errors.ts';
import { selectable } from '../../explain/attribution/parts.ts';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { type Estimate as Estimated, isWithin, memoryIn, timeIn } from '../../jobs/capacity/estimate.ts';
import { attribution } from '../../jobs/kinds/attribution.ts';
import { longestList } from '../bounds.ts';
import { builder, computes, readingComplexity } from '../builder.ts';
import {
  CancelledError,
  CheckpointError,
  InputError,
  orFailure,
  PromptError,
  TargetError,
  typeOf,
} from '../failures.ts';
import { Model } from '../models/schema.ts';
import { PromptInput } from '../models/token.ts';
import { estimatedParts } from './parts/registry.ts';
import {
  AttributionMethod,
  AttributionOptionsInput,
  attributionMeans,
  mostTargets,
  requireTargets,
} from './request.ts';

const SelectionInput = builder.inputType('SelectionInput', {
  description:
    'What a query would select of a `LogitAttribution` beside its tokens, or a subscription of its events. What is not selected is not computed.',
  fields: (t) =>
    Object.fromEntries(
      estimatedParts.map(({ field, list, description }) => [
        field,
        list
          ? t.int({ required: true, defaultValue: 0, description })
          : t.boolean({ required: true, defaultValue: false, description }),
      ]),
    ),
});

/** @throws TributaryError INPUT for a count that is out of bounds */
function selectionFrom(input: Readonly<Record<string, unknown>>): AttributionSelection {
  const asked = estimatedParts.map(({ field, key }) => {
    const count = Number(input[field] ?? 0);
    requireInBounds(`selection.${field}`, count, 0, longestList);
    return [key, count] as const;
  });
  return Object.fromEntries(asked.filter(([, count]) => count > 0));
}

const Estimate = builder.objectRef<Estimated>('Estimate').implement({
  description:
    "What a request is expected to take: memory by the sizes of all tensors, time by this machine's speed, measured once, and by what earlier requests to the model took. About right, not exact: other requests that run at the same time are not counted.",
  fields: (t) => ({
    tokens: t.exposeInt('tokens', { description: 'Length of the prompt.' }),
    memory: t.float({ description: 'Bytes: `weights` and `activations`.', resolve: memoryIn }),
    weights: t.exposeFloat('weights', {
      description:
        'Bytes that a process has of its own for the model: copies of its weights for each set of graphs that the method needs where they are `PACKED`, what of them is converted at a time where they are `LEAN`. What the system keeps of files is not counted.',
    }),
    activations: t.exposeFloat('activations', {
      description:
        'Bytes that are held at the most while it runs: what each block leaves for the way back, and one block at work.',
    }),
    time: t.float({ description: 'Seconds: `loadTime` and `runTime`.', resolve: timeIn }),
    loadTime: t.exposeFloat('loadTime', {
      description:
        'Seconds until the model is in memory; 0 when what is needed of it is. Files that were not read lately take longer.',
    }),
    runTime: t.exposeFloat('runTime', {
      description: 'Seconds of all passes, forward and back; without waiting for other requests.',
    }),
    memoryBudget: t.float({
      nullable: true,
      description: 'Bytes that the server allows (MAX_MODEL_MEMORY); null without a limit.',
      resolve: ({ memoryBudget }) => finite(memoryBudget),
    }),
    timeBudget: t.float({
      nullable: true,
      description: 'Seconds that the server allows (MAX_RUN_TIME); null without a limit.',
      resolve: ({ timeBudget }) => finite(timeBudget),
    }),
    withinBudget: t.boolean({
      description: 'Whether the request would be let through; otherwise it is refused with an OverCapacityError.',
      resolve: isWithin,
    }),
  }),
});

const EstimateResult = builder.unionType('EstimateResult', {
  description: 'The estimate, or what was wrong with the request.',
  types: [Estimate, InputError, CheckpointError, PromptError, TargetError, CancelledError],
  resolveType: typeOf('Estimate'),
});

builder.objectField(Model, 'estimate', (t) =>
  t.field({
    type: EstimateResult,
    // The machine's speed is measured where it is not known yet.
    extensions: computes,
    description: 'How much memory and time a logit attribution would take. Nothing is loaded or run for it.',
    args: {
      prompt: t.arg({ type: PromptInput, required: true, description: 'What the model would read.' }),
      method: t.arg({
        type: AttributionMethod,
        required: true,
        defaultValue: 'FROZEN',
        description: 'How the logit would be traced.',
      }),
      options: t.arg({ type: AttributionOptionsInput, description: 'What some methods can be told.' }),
      selection: t.arg({ type: SelectionInput, description: 'What would be selected. Default: the tokens alone.' }),
      targets: t.arg.int({
        required: true,
        defaultValue: 1,
        description: `How many logits would be explained together, 1 to ${mostTargets}.`,
      }),
    },
    complexity: ({ prompt }) => 10 + readingComplexity(prompt),
    resolve: (model, { prompt, method, options, selection, targets: count }, { engine }) =>
      orFailure(async () => {
        requireTargets(count);
        const asked = attributionMeans(model, { prompt, method, options });
        const target = { position: asked.inputIds.length - 1, token: null, against: null };
        return engine.estimate(attribution, model.checkpoint, {
          ...asked,
          targets: Array(count).fill(target),
          selection: selectable(asked, selectionFrom(selection ?? {})),
        });
      }),
  }),
);

function finite(budget: number): number | null {
  return budget === Number.POSITIVE_INFINITY ? null : budget;
}
