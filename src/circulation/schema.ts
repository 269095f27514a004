/** Circulations in GraphQL: the events of a stream, and the subscriptions that send them. */

import type { TargetResult } from '../attribution/result.ts';
import { Audit, subjectOf, Target } from '../attribution/schema.ts';
import { builder } from '../builder.ts';
import { TributaryError, unknownRun } from '../errors.ts';
import { Failure, questionFailures, typeOf, UnknownRunError } from '../failures.ts';
import type { CatalogueModel } from '../model/catalogue.ts';
import { absolutePosition, promptIds, targetRequest } from '../model/prompt.ts';
import { PromptInput, TargetInput, Token, type TokenReader } from '../model/token.ts';
import { tokensOf } from '../run/run-tokens.ts';
import { Run, runIdOf } from '../run/run-type.ts';
import type { RunRecord, StoredEvent } from '../run/types.ts';
import { Tensor } from '../scalars.ts';
import type {
  CirculationRequest,
  CirculationStep,
  CirculationSummaryResult,
  LensTokenResult,
  TokenCirculationResult,
} from './event.ts';
import { Once } from './once.ts';

const widestLens = 100;
const mostTracked = 64;

/** A stored event with what is needed to show it. */
export interface EventValue {
  readonly event: StoredEvent;
  readonly run: RunRecord;
  readonly tokens: TokenReader;
}

const eventTypes = {
  STARTED: 'CirculationStarted',
  LAYER: 'LayerCirculated',
  COMPLETED: 'CirculationCompleted',
  FAILED: 'RunFailed',
  CANCELLED: 'RunCancelled',
} as const;

export const RunEvent = builder.interfaceRef<EventValue>('RunEvent').implement({
  description: 'Something that a run told, stored before anyone was told.',
  resolveType: ({ event }) => eventTypes[event.step.type],
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: 'The run.',
      resolve: async ({ run }, _, { runs }) => (await runs.find(run.id)) ?? run,
    }),
    seq: t.int({
      description: 'Its place among the events of the run, dense from 0.',
      resolve: ({ event }) => event.seq,
    }),
    at: t.field({ type: 'DateTime', description: 'When it was stored.', resolve: ({ event }) => event.at }),
  }),
});

const promptToken = ({ run, tokens }: EventValue, position: number) => ({
  ...tokens(run.question.input.inputIds[position] ?? -1),
  position,
});

/** What an event of this type tells. */
function stepOf<Type extends CirculationStep['type']>(
  { event }: EventValue,
  type: Type,
): Extract<CirculationStep, { type: Type }> {
  if (event.step.type !== type) throw new Error(`Event ${event.seq} is no ${type}`);
  return event.step as Extract<CirculationStep, { type: Type }>;
}

const CirculationStarted = builder.objectRef<EventValue>('CirculationStarted').implement({
  description: 'The first event: the prompt as the model reads it.',
  interfaces: [RunEvent],
  fields: (t) => ({
    tokens: t.field({
      type: [Token],
      description: 'The tokens of the prompt.',
      resolve: (value) => stepOf(value, 'STARTED').tokens.map((_, position) => promptToken(value, position)),
    }),
    layerCount: t.int({
      description: 'How many blocks will be told of.',
      resolve: (value) => stepOf(value, 'STARTED').layerCount,
    }),
    tracked: t.field({
      type: [Token],
      description: 'The tokens that are followed.',
      resolve: (value) => stepOf(value, 'STARTED').track.map((position) => promptToken(value, position)),
    }),
  }),
});

interface TrackedValue {
  readonly event: EventValue;
  readonly tracked: TokenCirculationResult;
  readonly length: number;
}

const headTensor = (values: Float32Array, length: number) => ({ shape: [values.length / length, length], values });

const TokenCirculation = builder.objectRef<TrackedValue>('TokenCirculation').implement({
  description: 'Where the influence of one tracked token is after one block. Arrays are per position of the prompt.',
  fields: (t) => ({
    token: t.field({
      type: Token,
      description: 'The tracked token.',
      resolve: ({ event, tracked }) => promptToken(event, tracked.position),
    }),
    share: t.floatList({
      description:
        "The part of each position's residual stream that comes from this token; over all tokens and the biases these sum to 1.",
      resolve: ({ tracked }) => Array.from(tracked.share),
    }),
    norm: t.floatList({
      description: 'How large its part is at each position (Euclidean norm).',
      resolve: ({ tracked }) => Array.from(tracked.norm),
    }),
    throughAttention: t.floatList({
      description: "The norm of what this block's attention carried of it to each position.",
      resolve: ({ tracked }) => Array.from(tracked.throughAttention),
    }),
    throughMlp: t.floatList({
      description: "The norm of what this block's MLP made of it at each position.",
      resolve: ({ tracked }) => Array.from(tracked.throughMlp),
    }),
    heads: t.field({
      type: Tensor,
      description: '[head, position]: the norm of what each head carried of it to each position.',
      resolve: ({ tracked, length }) => headTensor(tracked.heads, length),
    }),
    paid: t.field({
      type: Tensor,
      description: '[head, position]: attention that the token pays to each position.',
      resolve: ({ tracked, length }) => headTensor(tracked.paid, length),
    }),
    received: t.field({
      type: Tensor,
      description: '[head, position]: attention that the token receives from each position.',
      resolve: ({ tracked, length }) => headTensor(tracked.received, length),
    }),
    logitShare: t.float({
      description: "Its part of the target's logit, if the model ended here (logit lens).",
      resolve: ({ tracked }) => tracked.logitShare,
    }),
    movement: t.float({
      description: "How far the residual stream at the token's own position moved in this block.",
      resolve: ({ tracked }) => tracked.movement,
    }),
    attentionNorm: t.float({
      description: 'The norm of what the attention wrote there.',
      resolve: ({ tracked }) => tracked.attentionNorm,
    }),
    mlpNorm: t.float({
      description: 'The norm of what the MLP wrote there.',
      resolve: ({ tracked }) => tracked.mlpNorm,
    }),
  }),
});

const LensToken = builder.objectRef<LensTokenResult & { readonly event: EventValue }>('LensToken').implement({
  description: 'A token as the model would predict it if it ended after this block (logit lens).',
  fields: (t) => ({
    token: t.field({
      type: Token,
      description: 'The token.',
      resolve: ({ event, token }) => ({ ...event.tokens(token), position: targetPosition(event) }),
    }),
    logit: t.exposeFloat('logit', { description: 'Its logit, after a softcap.' }),
    probability: t.exposeFloat('probability', { description: 'Its probability.' }),
    rank: t.exposeInt('rank', { description: '1 for the likeliest.' }),
  }),
});

const LayerCirculated = builder.objectRef<EventValue>('LayerCirculated').implement({
  description: 'The forward pass has passed a block.',
  interfaces: [RunEvent],
  fields: (t) => ({
    layer: t.int({ description: 'The block, from 0.', resolve: (value) => stepOf(value, 'LAYER').layer }),
    elapsed: t.float({
      description: 'Milliseconds that the block took.',
      resolve: (value) => stepOf(value, 'LAYER').elapsed,
    }),
    tracked: t.field({
      type: [TokenCirculation],
      description: 'Each tracked token, as asked for.',
      resolve: (event) =>
        stepOf(event, 'LAYER').tracked.map((tracked) => ({
          event,
          tracked,
          length: event.run.question.input.inputIds.length,
        })),
    }),
    lens: t.field({
      type: [LensToken],
      description: 'What the model would say after this block at the target position, likeliest first.',
      resolve: (event) => stepOf(event, 'LAYER').lens.map((token) => ({ ...token, event })),
    }),
    target: t.field({
      type: LensToken,
      description: 'The target token after this block; where no target was named, the likeliest.',
      resolve: (event) => ({ ...stepOf(event, 'LAYER').target, event }),
    }),
  }),
});

const CirculationSummary = builder
  .objectRef<CirculationSummaryResult & { readonly event: EventValue }>('CirculationSummary')
  .implement({
    description: 'What became of a tracked token.',
    fields: (t) => ({
      token: t.field({
        type: Token,
        description: 'The tracked token.',
        resolve: ({ event, position }) => promptToken(event, position),
      }),
      score: t.exposeFloat('score', {
        description:
          "Its share of the target's logit after the last block that ran. After the model's last block this is the token's score in the FROZEN logit attribution.",
      }),
      directMoves: t.floatList({
        description:
          'Per block: norms of what attention and MLP wrote at the token, over the whole movement of its residual stream. Block 0 is not counted and is 0.',
        resolve: ({ directMoves }) => [...directMoves],
      }),
      totalMovement: t.exposeFloat('totalMovement', {
        description:
          "The length of the residual stream's way at the token over the blocks that ran; block 0 is not counted.",
      }),
    }),
  });

const CirculationCompleted = builder.objectRef<EventValue>('CirculationCompleted').implement({
  description: 'The last event of a circulation.',
  interfaces: [RunEvent],
  fields: (t) => ({
    target: t.field({
      type: Target,
      description: 'The target after the last block that ran.',
      resolve: (value): { target: TargetResult; tokens: TokenReader } => ({
        target: stepOf(value, 'COMPLETED').target,
        tokens: value.tokens,
      }),
    }),
    tracked: t.field({
      type: [CirculationSummary],
      description: 'What became of each tracked token.',
      resolve: (event) => stepOf(event, 'COMPLETED').tracked.map((summary) => ({ ...summary, event })),
    }),
    audit: t.field({
      type: Audit,
      description: 'Do the shares of the tracked tokens, of all others and of the biases add up to the logit?',
      resolve: (value) => stepOf(value, 'COMPLETED').audit,
    }),
  }),
});

export const RunError = builder.objectRef<{ readonly code: string; readonly message: string }>('RunError').implement({
  description: 'Why a run failed.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Which kind of error, for programs.' }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
  }),
});

const RunFailed = builder.objectRef<EventValue>('RunFailed').implement({
  description: 'The run ended without its answer.',
  interfaces: [RunEvent],
  fields: (t) => ({
    error: t.field({
      type: RunError,
      description: 'Why.',
      resolve: ({ event: { step } }) => (step.type === 'FAILED' ? step : { code: 'INTERNAL', message: '' }),
    }),
  }),
});

const RunCancelled = builder.objectRef<EventValue>('RunCancelled').implement({
  description: 'The run was cancelled.',
  interfaces: [RunEvent],
});

export const CirculationEvent = builder.unionType('CirculationEvent', {
  description: 'What a circulation tells. A fault in the input is the first and only event.',
  types: [
    CirculationStarted,
    LayerCirculated,
    CirculationCompleted,
    RunFailed,
    RunCancelled,
    ...questionFailures,
    UnknownRunError,
  ],
  resolveType: (value) =>
    value instanceof Failure ? typeOf('')(value) : eventTypes[(value as EventValue).event.step.type],
});

export const CirculationInput = builder.inputType('CirculationInput', {
  description: 'Which tokens to follow through which model.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    track: t.intList({
      description: `Positions to follow, at most ${mostTracked}; negative counts from the end. Default: the last.`,
    }),
    target: t.field({
      type: TargetInput,
      description: "Default: the last position's top choice, at each depth the one of that depth.",
    }),
    layers: t.int({ description: 'Only the first n blocks. Default: all.' }),
    top: t.int({ required: true, defaultValue: 5, description: `Logit lens: how many tokens, 0 to ${widestLens}.` }),
  }),
});

/** A request as the run service takes it. @throws TributaryError */
export function circulationQuestion(
  model: CatalogueModel,
  { prompt, track, target, layers, top }: typeof CirculationInput.$inferInput,
): CirculationRequest {
  const inputIds = promptIds(model, prompt);
  const { layerCount } = model.specification;
  const positions = (track ?? [-1]).map((position) =>
    absolutePosition(position, inputIds.length, 'PROMPT', 'The tracked position'),
  );
  if (positions.length === 0)
    throw new TributaryError('PROMPT', 'No position is tracked; name at least one, or leave `track` out for the last');
  if (positions.length > mostTracked)
    throw new TributaryError('PROMPT', `${positions.length} positions are tracked; at most ${mostTracked} can be`);
  const blocks = layers ?? layerCount;
  if (blocks < 1 || blocks > layerCount)
    throw new TributaryError('PROMPT', `\`layers\` is ${blocks}; this model has blocks 1 to ${layerCount}`);
  if (top < 0 || top > widestLens)
    throw new TributaryError('PROMPT', `\`top\` is ${top}; it goes from 0 to ${widestLens}`);
  return {
    inputIds,
    track: [...new Set(positions)],
    target: targetRequest(model, inputIds.length, target),
    layers: blocks,
    top,
  };
}

builder.subscriptionFields((t) => ({
  circulation: t.field({
    type: CirculationEvent,
    description:
      'Follows tokens through the blocks of a model, an event a block, each sent when the forward pass has passed it. Starts the run, or joins the one under way, or replays the stored one: the events are the same.',
    args: {
      input: t.arg({
        type: CirculationInput,
        required: true,
        description: 'Which tokens to follow through which model.',
      }),
    },
    complexity: { field: 20 },
    subscribe: async (_, { input }, { catalogue, runs }): Promise<AsyncIterable<StoredEvent | Failure>> => {
      try {
        const model = await catalogue.get(input.model);
        const run = await runs.startCirculation(await subjectOf(model), circulationQuestion(model, input));
        return runs.events(run.id);
      } catch (error) {
        if (error instanceof TributaryError) return new Once(new Failure(error));
        throw error;
      }
    },
    resolve: (event, _, context) => eventValue(event, context),
  }),
  runEvents: t.field({
    type: CirculationEvent,
    description:
      "A run's events after `after`, then each new one until it ends. A client that remembers the last `seq` resumes exactly where it was cut off.",
    args: {
      runId: t.arg.id({ required: true, description: 'As in `Run.id`.' }),
      after: t.arg.int({ description: 'The last `seq` that is known already. Default: none.' }),
    },
    complexity: { field: 20 },
    subscribe: async (_, { runId, after }, { runs }): Promise<AsyncIterable<StoredEvent | Failure>> => {
      const id = runIdOf(runId);
      if (await runs.find(id)) return runs.events(id, after ?? undefined);
      return new Once(new Failure(unknownRun(runId)));
    },
    resolve: (event, _, context) => eventValue(event, context),
  }),
}));

/** An event with the prompt and the tokenizer that it is read with. */
export async function eventValue(
  event: StoredEvent | Failure,
  {
    runs,
    catalogue,
  }: Parameters<typeof tokensOf>[1] & { readonly runs: { find(id: string): Promise<RunRecord | undefined> } },
): Promise<EventValue | Failure> {
  if (event instanceof Failure) return event;
  const run = await runs.find(event.runId);
  if (!run) return new Failure(unknownRun(event.runId));
  return { event, run, tokens: await tokensOf(run, { catalogue }) };
}

function targetPosition({ run }: EventValue): number {
  return run.question.input.target.position;
}
