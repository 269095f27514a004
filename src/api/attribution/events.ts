/** The events of a logit attribution in GraphQL. */
import type {
  AttributionStep,
  AttributionCompleted as Completed,
  progressUnits,
} from '../../explain/attribution/ledger/step.ts';
import type { ContributionResult } from '../../explain/attribution/result.ts';
import { longestList, requireCount } from '../bounds.ts';
import { builder, computes } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { questionFailures, RunStateError, UnknownRunError } from '../failures.ts';
import { LensToken } from '../models/lens-token.ts';
import { Token } from '../models/token.ts';
import {
  changing,
  type EventValue,
  lensToken,
  promptToken,
  RunCancelled,
  RunEvent,
  RunFailed,
  resolveEvent,
  stepOf as stepOfAny,
  told,
} from '../runs/run-event.ts';
import { TargetRequest } from '../runs/run-request.ts';
import type { AttributionValue } from './attribution-value.ts';
import { Contribution } from './contribution-type.ts';
import { LogitAttribution } from './logit-attribution.ts';
import { needs, passComplexity } from './parts/part.ts';
import { storedAttribution } from './stored-attribution.ts';
import { Audit, Target } from './target-type.ts';
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
      resolve: (value) => value.run.question.input.inputIds.map((_, position) => promptToken(value, position)),
    }),
    requested: t.field({
      type: TargetRequest,
      description: "The target as far as it is known: where no token was named, the model's choice comes at the end.",
      resolve: ({ run }) => ({ run, target: run.question.input.target }),
    }),
    layerCount: t.int({
      description: 'How many blocks the model has.',
      resolve: (value) => stepOf(value, 'STARTED').layerCount,
    }),
    throughBlocks: t.boolean({
      description:
        'Whether the method goes back through the blocks: then a `LayerPassed` comes for each on the way up and a `LayerAttributed` for each on the way down. Otherwise `AttributionProgressed` comes from time to time.',
      resolve: (value) => stepOf(value, 'STARTED').throughBlocks,
    }),
    unit: t.field({
      type: ProgressUnit,
      description: 'What the progress is counted in.',
      resolve: (value) => stepOf(value, 'STARTED').unit,
    }),
    total: t.int({
      description: 'How many of them there are; blocks that are passed up and down count twice.',
      resolve: (value) => stepOf(value, 'STARTED').total,
    }),
  }),
});

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

const LayerPassed = builder.objectRef<EventValue>('LayerPassed').implement({
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
      complexity: ({ first }) => ({ field: 1, multiplier: Math.max(first, 1) }),
      description:
        'What the model would say after this block at the target position, likeliest first. The unembedding is read for every block, or for a few together where they follow within 25 milliseconds.',
      resolve: async (event, { first }) => {
        await requireCount('first', first);
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
    description: 'What one attention head contributes.',
    fields: (t) => ({
      head: t.exposeInt('head', { description: 'Its number in the block, from 0.' }),
      direct: t.exposeFloat('direct', { description: 'What it writes straight to the logit at the target position.' }),
      total: t.exposeFloat('total', { description: 'All that passes through it.' }),
    }),
  });

const contributionsOf = (value: EventValue) => told(stepOf(value, 'REVERSE').contributions);
const total = () => needs(() => ['ledger.TOTAL', 1]);

const LayerAttributed = builder.objectRef<EventValue>('LayerAttributed').implement({
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
      description:
        "What all biases from here to the logit contribute, this block's included; of block 0 it is the attribution's `bias`.",
      resolve: (value) => stepOf(value, 'REVERSE').biasSoFar,
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
      resolve: (value) => {
        const { audit, bias, intercept = 0 } = stepOf(value, 'COMPLETED');
        return { ...audit, constant: bias + intercept };
      },
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
      extensions: { ...computes, ...changing },
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
  description: 'What a logit attribution tells. A fault in the input is the first and only event.',
  types: [...attributionEvents, RunFailed, RunCancelled, ...questionFailures, UnknownRunError, RunStateError],
  resolveType: resolveEvent,
});
