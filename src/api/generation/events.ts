/** The events of a generation in GraphQL. */
import type { GenerationStep } from '../../explain/generation/event.ts';
import { Audit, auditOf, Target } from '../attribution/target-type.ts';
import { builder } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { questionFailures, ReadOnlyError, RunStateError, UnknownRunError } from '../failures.ts';
import { LensToken } from '../models/lens-token.ts';
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
import { Generation } from './generation-type.ts';
import { StopReason } from './stop-reason.ts';
import { storedGeneration } from './stored-generation.ts';

/** What a generation's event of this type tells. */
const stepOf = <Type extends GenerationStep['type']>(value: EventValue, type: Type) =>
  stepOfAny<GenerationStep, Type>(value, type);

/** Where a token of the answer stands in the whole sequence. */
const positionOf = ({ run }: EventValue, index: number) => run.question.input.inputIds.length + index;

const index = {
  description: 'Its place in the answer, from 0.',
} as const;

const GenerationStarted = builder.objectRef<EventValue>('GenerationStarted').implement({
  description: 'The first event: the prompt as the model reads it.',
  interfaces: [RunEvent],
  fields: (t) => ({
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [Token],
      description: 'The tokens of the prompt.',
      resolve: promptTokens,
    }),
    maxTokens: t.int({
      description: 'How long the answer may become, in tokens.',
      resolve: (value) => stepOf(value, 'STARTED').maxTokens,
    }),
  }),
});

const TokenGenerated = builder.objectRef<EventValue>('TokenGenerated').implement({
  description: 'The model has said its next token.',
  interfaces: [RunEvent],
  fields: (t) => ({
    index: t.int({ ...index, resolve: (value) => stepOf(value, 'TOKEN').index }),
    token: t.field({
      type: Token,
      description: 'The token, with its place in prompt and answer together.',
      resolve: (value) => {
        const { token, index } = stepOf(value, 'TOKEN');
        return { ...value.tokens(token), position: positionOf(value, index) };
      },
    }),
    text: t.string({
      description:
        "What the answer's text has grown by: a character comes with its last token, and special tokens have no text. Put together they are `GenerationCompleted.text`, but for a character within which the answer ends.",
      resolve: (value) => stepOf(value, 'TOKEN').text ?? value.tokens(stepOf(value, 'TOKEN').token).text,
    }),
    logit: t.float({ description: 'Its logit, after a softcap.', resolve: (value) => stepOf(value, 'TOKEN').logit }),
    probability: t.float({
      description: 'Its probability by the model itself, whatever it was drawn by.',
      resolve: (value) => stepOf(value, 'TOKEN').probability,
    }),
    logProbability: t.float({
      description: 'Natural logarithm of the probability.',
      resolve: (value) => stepOf(value, 'TOKEN').logProbability,
    }),
    rank: t.int({ description: "1 for the model's top choice.", resolve: (value) => stepOf(value, 'TOKEN').rank }),
    entropy: t.float({
      description: 'How undecided the model was: the entropy of its prediction, in nats.',
      resolve: (value) => stepOf(value, 'TOKEN').entropy,
    }),
    alternatives: t.field({
      ...extent(({ lens = 1 }) => lens),
      type: [LensToken],
      description: 'The likeliest tokens, itself among them where it is one of them; likeliest first.',
      resolve: (value) => {
        const { top, index } = stepOf(value, 'TOKEN');
        const position = positionOf(value, index) - 1;
        return top.map((token) => ({ ...token, tokens: value.tokens, position }));
      },
    }),
    elapsed: t.float({
      description: 'Milliseconds since the token before it was said; of the first, since the model began to read.',
      resolve: (value) => stepOf(value, 'TOKEN').elapsed,
    }),
  }),
});

const TokenAttributed = builder.objectRef<EventValue>('TokenAttributed').implement({
  description:
    'What a token of the answer comes from: the same figures as `logitAttribution` gives of the prompt with the answer before it. Where this is selected, each `TokenGenerated` is followed by one, not necessarily at once: several are computed together.',
  interfaces: [RunEvent],
  fields: (t) => ({
    index: t.int({ ...index, resolve: (value) => stepOf(value, 'ATTRIBUTED').index }),
    target: t.field({
      type: Target,
      description: 'The token, and what the model says of it.',
      resolve: (value) => ({ target: stepOf(value, 'ATTRIBUTED').target, tokens: value.tokens }),
    }),
    scores: t.floatList({
      ...extent(({ length }) => length),
      description:
        'What each token before it contributes, those of the prompt and then those of the answer, by position.',
      resolve: (value) => Array.from(stepOf(value, 'ATTRIBUTED').tokens),
    }),
    positionScores: t.floatList({
      ...extent(({ length }) => length),
      nullable: true,
      description: 'The part of `scores` that learned position embeddings account for; null in models without any.',
      resolve: (value) => {
        const { positions } = stepOf(value, 'ATTRIBUTED');
        return positions && Array.from(positions);
      },
    }),
    bias: t.float({
      description: 'What no token accounts for.',
      resolve: (value) => stepOf(value, 'ATTRIBUTED').bias,
    }),
    intercept: t.float({
      description: 'What a linearised target leaves beside scores and bias; 0 for a logit, which is linear.',
      resolve: (value) => stepOf(value, 'ATTRIBUTED').intercept ?? 0,
    }),
    audit: t.field({
      type: Audit,
      description: 'Do the scores add up?',
      resolve: (value) => auditOf(stepOf(value, 'ATTRIBUTED')),
    }),
  }),
});

const GenerationCompleted = builder.objectRef<EventValue>('GenerationCompleted').implement({
  description: 'The last event of a generation.',
  interfaces: [RunEvent],
  fields: (t) => ({
    stopReason: t.field({
      type: StopReason,
      description: 'Why the answer ends here.',
      resolve: (value) => stepOf(value, 'COMPLETED').reason,
    }),
    text: t.string({
      description: "The answer's text, without special tokens.",
      resolve: (value) => stepOf(value, 'COMPLETED').text ?? '',
    }),
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [Token],
      description: 'The tokens of the answer, with their places in prompt and answer together.',
      resolve: (value) =>
        stepOf(value, 'COMPLETED').answer.map((token, index) => ({
          ...value.tokens(token),
          position: positionOf(value, index),
        })),
    }),
    generation: t.field({
      type: Generation,
      nullable: true,
      extensions: changing,
      description:
        'The answer as a whole. Where what its tokens come from is selected of it, they are explained. Null when the run was deleted meanwhile.',
      resolve: async ({ run: { id } }, _, context, info) => {
        const run = await context.runs.find(id);
        return run ? storedGeneration(run, context, info) : null;
      },
    }),
  }),
});

/** The events of a generation alone. */
export const generationEvents = [GenerationStarted, TokenGenerated, TokenAttributed, GenerationCompleted] as const;

export const GenerationEvent = builder.unionType('GenerationEvent', {
  description: 'What a generation tells. What is wrong with the request is the first and only event.',
  types: [
    ...generationEvents,
    RunFailed,
    RunCancelled,
    ...questionFailures,
    UnknownRunError,
    RunStateError,
    ReadOnlyError,
  ],
  resolveType: resolveEvent,
});
