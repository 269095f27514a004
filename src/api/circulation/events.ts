/** The events of a circulation in GraphQL. */

import type {
  CirculationStep,
  CirculationSummaryResult,
  TokenCirculationResult,
} from '../../explain/circulation/event.ts';
import { Audit, Target } from '../attribution/target-type.ts';
import { builder } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { questionFailures, ReadOnlyError, RunStateError, UnknownRunError } from '../failures.ts';
import { LensToken } from '../models/lens-token.ts';
import { Token } from '../models/token.ts';
import {
  type EventValue,
  lensToken,
  promptToken,
  promptTokens,
  RunCancelled,
  RunEvent,
  RunFailed,
  resolveEvent,
  stepOf as stepOfAny,
  told,
} from '../runs/run-event.ts';
import { Tensor } from '../scalars.ts';
import { figure } from './selection.ts';

/** What a circulation's event of this type tells. */
const stepOf = <Type extends CirculationStep['type']>(value: EventValue, type: Type) =>
  stepOfAny<CirculationStep, Type>(value, type);

const CirculationStarted = builder.objectRef<EventValue>('CirculationStarted').implement({
  description: 'The first event: the prompt as the model reads it.',
  interfaces: [RunEvent],
  fields: (t) => ({
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [Token],
      description: 'The tokens of the prompt.',
      resolve: promptTokens,
    }),
    layerCount: t.int({
      description: 'How many blocks will be told of.',
      resolve: (value) => stepOf(value, 'STARTED').layerCount,
    }),
    tracked: t.field({
      ...extent(({ tracked = 1 }) => tracked),
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
      ...extent(({ length }) => length),
      description:
        "The part of each position's residual stream that comes from this token; over all tokens and the biases these sum to 1.",
      resolve: ({ tracked }) => Array.from(tracked.share),
    }),
    norm: t.floatList({
      ...extent(({ length }) => length),
      description: 'How large its part is at each position (Euclidean norm).',
      resolve: ({ tracked }) => Array.from(tracked.norm),
    }),
    throughAttention: t.floatList({
      ...extent(({ length }) => length),
      description: "The norm of what this block's attention carried of it to each position.",
      resolve: ({ tracked }) => Array.from(tracked.throughAttention),
    }),
    throughMlp: t.floatList({
      ...extent(({ length }) => length),
      description: "The norm of what this block's MLP made of it at each position.",
      resolve: ({ tracked }) => Array.from(tracked.throughMlp),
    }),
    heads: t.field({
      ...figure('HEADS', ({ headCount, length }) => headCount * length),
      type: Tensor,
      description: '[head, position]: the norm of what each head carried of it to each position.',
      resolve: ({ tracked, length }) => headTensor(told(tracked.heads), length),
    }),
    paid: t.field({
      ...figure('PATTERNS', ({ headCount, length }) => headCount * length),
      type: Tensor,
      description: '[head, position]: attention that the token pays to each position.',
      resolve: ({ tracked, length }) => headTensor(told(tracked.paid), length),
    }),
    received: t.field({
      ...figure('PATTERNS', ({ headCount, length }) => headCount * length),
      type: Tensor,
      description: '[head, position]: attention that the token receives from each position.',
      resolve: ({ tracked, length }) => headTensor(told(tracked.received), length),
    }),
    logitShare: t.float({
      ...figure('LENS'),
      description: "Its part of the target's logit, if the model ended here (logit lens).",
      resolve: ({ tracked }) => told(tracked.logitShare),
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
      ...extent(({ tracked = 1 }) => tracked),
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
      ...figure('LENS', ({ lens = 1 }) => lens),
      type: [LensToken],
      description: 'What the model would say after this block at the target position, likeliest first.',
      resolve: (event) => told(stepOf(event, 'LAYER').lens).map((token) => lensToken(event, token)),
    }),
    target: t.field({
      ...figure('LENS'),
      type: LensToken,
      description: 'The target token after this block; where no target was named, the likeliest.',
      resolve: (event) => lensToken(event, told(stepOf(event, 'LAYER').target)),
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
        ...extent(({ layerCount }) => layerCount),
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
      resolve: (value) => ({
        target: stepOf(value, 'COMPLETED').target,
        tokens: value.tokens,
      }),
    }),
    tracked: t.field({
      ...extent(({ tracked = 1 }) => tracked),
      type: [CirculationSummary],
      description: 'What became of each tracked token.',
      resolve: (event) => stepOf(event, 'COMPLETED').tracked.map((summary) => ({ ...summary, event })),
    }),
    audit: t.field({
      type: Audit,
      description:
        'Do the shares of the tracked tokens, of all others and of the biases add up to the logit, and did they go through every block by themselves?',
      resolve: (value) => ({ ...stepOf(value, 'COMPLETED').audit, constant: 0 }),
    }),
  }),
});

/** The events of a circulation alone. */
export const circulationEvents = [CirculationStarted, LayerCirculated, CirculationCompleted] as const;

export const CirculationEvent = builder.unionType('CirculationEvent', {
  description: 'What a circulation tells. What is wrong with the request is the first and only event.',
  types: [
    ...circulationEvents,
    RunFailed,
    RunCancelled,
    ...questionFailures,
    UnknownRunError,
    RunStateError,
    ReadOnlyError,
  ],
  resolveType: resolveEvent,
});
