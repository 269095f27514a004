/** The events of a logit attribution in GraphQL. */
import type {
  AttributionStep,
  AttributionCompleted as Completed,
  progressUnits,
} from '../../explain/attribution/ledger/step.ts';
import { askedOf } from '../../runs/types.ts';
import { builder, computesFurther, passComplexity } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { questionFailures, ReadOnlyError, RunStateError, UnknownRunError } from '../failures.ts';
import { Token } from '../models/token.ts';
import {
  changing,
  type EventValue,
  promptTokens,
  RunCancelled,
  RunEvent,
  RunFailed,
  resolveEvent,
  stepOf as stepOfAny,
} from '../runs/run-event.ts';
import { TargetRequest } from '../runs/run-request.ts';
import type { AttributionValue } from './attribution-value.ts';
import { LayerAttributed, LayerPassed } from './layer-events.ts';
import { LogitAttribution } from './logit-attribution.ts';
import { needs } from './parts/part.ts';
import { storedAttribution } from './stored-attribution.ts';
import { Audit, auditOf, Target } from './target-type.ts';
import { sharesOfTokens, TokenAttribution } from './token-attribution-type.ts';

type Step = AttributionStep | Completed;

/** What an attribution's event of this type tells. */
const stepOf = <Type extends Step['type']>(value: EventValue, type: Type) => stepOfAny<Step, Type>(value, type);

const ProgressUnit = builder.enumType('ProgressUnit', {
  description: 'What the progress of an attribution is counted in.',
  values: {
    BLOCKS: { description: 'Blocks of the model that a pass has passed.' },
    TOKENS: { description: 'Tokens of the prompt that were taken out (OCCLUSION).' },
    STEPS: { description: 'Points of the way from the baseline (INTEGRATED_GRADIENTS).' },
  } satisfies Record<(typeof progressUnits)[number], object>,
});

const AttributionStarted = builder.objectRef<EventValue>('AttributionStarted').implement({
  description: 'The first event: the prompt as the model reads it, and which events will come.',
  interfaces: [RunEvent],
  fields: (t) => ({
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [Token],
      description: 'The tokens of the prompt.',
      resolve: promptTokens,
    }),
    requested: t.field({
      type: TargetRequest,
      description: "The target as far as it is known: where no token was named, the model's choice comes at the end.",
      resolve: ({ run }) => ({ run, target: askedOf(run, 'LOGIT_ATTRIBUTION').target }),
    }),
    layerCount: t.int({
      description: 'How many blocks the model has.',
      resolve: (value) => stepOf(value, 'STARTED').layerCount,
    }),
    throughBlocks: t.boolean({
      description:
        'Whether the method goes back through the blocks: then a `LayerPassed` comes for each on the way up and a `LayerAttributed` for each on the way down. Otherwise, and of a span against another continuation, which takes two sequences, `AttributionProgressed` comes from time to time.',
      resolve: (value) => stepOf(value, 'STARTED').throughBlocks,
    }),
    unit: t.field({
      type: ProgressUnit,
      description: 'What the progress is counted in.',
      resolve: (value) => stepOf(value, 'STARTED').unit,
    }),
    total: t.int({
      description: 'How many of `unit` there are; blocks that are passed up and down count twice.',
      resolve: (value) => stepOf(value, 'STARTED').total,
    }),
  }),
});

const AttributionProgressed = builder.objectRef<EventValue>('AttributionProgressed').implement({
  description: 'A method that does not go back through the blocks has come on.',
  interfaces: [RunEvent],
  fields: (t) => ({
    done: t.int({
      description: 'How many of `AttributionStarted.total` are behind.',
      resolve: (value) => stepOf(value, 'PROGRESS').done,
    }),
  }),
});

/** The answer as its event tells it, without what is stored beside it. */
function answerIn(value: EventValue): AttributionValue {
  const { run, model, tokens } = value;
  return { run, model, tokens, result: { ...stepOf(value, 'COMPLETED'), grains: {} } };
}

const AttributionCompleted = builder.objectRef<EventValue>('AttributionCompleted').implement({
  description: 'The last event of a logit attribution.',
  interfaces: [RunEvent],
  fields: (t) => ({
    target: t.field({
      type: Target,
      description: 'What is explained.',
      resolve: (value) => ({ target: stepOf(value, 'COMPLETED').target, tokens: value.tokens }),
    }),
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [TokenAttribution],
      description: 'What each token of the prompt contributes, in order.',
      resolve: (value) => {
        const attribution = answerIn(value);
        const shares = sharesOfTokens(attribution);
        return Array.from(attribution.result.tokens, (_, position) => ({ attribution, position, shares }));
      },
    }),
    bias: t.float({
      description: 'What no token accounts for; see `LogitAttribution.bias`.',
      resolve: (value) => stepOf(value, 'COMPLETED').bias,
    }),
    intercept: t.float({
      description: 'See `LogitAttribution.intercept`.',
      resolve: (value) => stepOf(value, 'COMPLETED').intercept ?? 0,
    }),
    audit: t.field({
      type: Audit,
      description: 'Does it add up?',
      resolve: (value) => auditOf(stepOf(value, 'COMPLETED')),
    }),
    normScale: t.float({
      ...needs(() => ['ledger.PROVISIONAL', 1]),
      nullable: true,
      description:
        'The scale of the final norm at the target position, by which provisional figures become direct contributions; 1 in a model without that norm. Null for methods that do not go back through the blocks.',
      resolve: (value) => stepOf(value, 'COMPLETED').scale ?? null,
    }),
    attribution: t.field({
      type: LogitAttribution,
      nullable: true,
      extensions: { ...computesFurther, ...changing },
      description:
        'The answer, of which all else can be selected. What `logitAttribution` is asked for with it is computed with the rest; what is selected of a stored run beyond what is stored is computed and added. Null when the run was deleted meanwhile.',
      complexity: { field: passComplexity },
      resolve: async ({ run: { id } }, _, context, info) => {
        const run = await context.runs.find(id);
        return run ? storedAttribution(run, context, info) : null;
      },
    }),
  }),
});

/** The events of a logit attribution alone. */
export const attributionEvents = [
  AttributionStarted,
  LayerPassed,
  LayerAttributed,
  AttributionProgressed,
  AttributionCompleted,
] as const;

export const LogitAttributionEvent = builder.unionType('LogitAttributionEvent', {
  description: 'What a logit attribution tells. What is wrong with the request is the first and only event.',
  types: [
    ...attributionEvents,
    RunFailed,
    RunCancelled,
    ...questionFailures,
    UnknownRunError,
    RunStateError,
    ReadOnlyError,
  ],
  resolveType: resolveEvent,
});
