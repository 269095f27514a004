/** What a run was asked, in GraphQL: one type a kind of run. */
import type { MessageSpan } from '../../checkpoint/messages.ts';
import type { AttributionMethod as MethodName } from '../../explain/attribution/methods/registry.ts';
import { circulationFigures } from '../../explain/circulation/event.ts';
import type { AnswerAttribution, Sampling } from '../../explain/generation/event.ts';
import type { TargetRequest as Asked } from '../../inference/target.ts';
import { askedOf, type Question, type RunKind, type RunRecord } from '../../runs/types.ts';
import { AttributionOptions } from '../attribution/logit-attribution.ts';
import { AttributionMethod } from '../attribution/request.ts';
import { builder } from '../builder.ts';
import { CirculationFigure } from '../circulation/request.ts';
import { TargetKind, Token, tokenAt, tokensIn } from '../models/token.ts';
import { textIn, textOf, tokensOfRun } from './run-tokens.ts';

/** Tokens of a prompt, for what they cost in a list of runs: most have fewer. */
const usualLength = 100;
const usualMessages = 10;

interface MessageValue {
  readonly run: RunRecord;
  readonly message: MessageSpan;
}

const ChatMessage = builder.objectRef<MessageValue>('ChatMessage').implement({
  description: 'A message in the prompt that the chat template made of it.',
  fields: (t) => ({
    role: t.string({ description: 'Who speaks.', resolve: ({ message }) => message.role }),
    content: t.string({
      nullable: true,
      description: 'Its text as its tokens write it, without special tokens. Null where the checkpoint is gone.',
      resolve: ({ run, message: { from, to } }, _, context) => textIn(run, from, to, context),
    }),
    from: t.int({ description: 'The position of its first token.', resolve: ({ message }) => message.from }),
    to: t.int({
      description: 'The position behind its last token: it has `to` − `from` tokens.',
      resolve: ({ message }) => message.to,
    }),
  }),
});
/** Tokens of what a span is contrasted with. */
const usualContinuation = 10;

const Prompt = builder.objectRef<RunRecord>('Prompt').implement({
  description: 'What the model of a run read.',
  fields: (t) => ({
    text: t.string({
      nullable: true,
      description:
        'Its text, without special tokens. Null where a run was stored by version 0.1, which kept none, and its checkpoint is gone.',
      resolve: (run, _, context) => textOf(run, context),
    }),
    tokens: t.field({
      type: [Token],
      description: 'Its tokens, special ones included; with ids for texts where the checkpoint is gone.',
      complexity: { field: 1, multiplier: usualLength },
      resolve: async (run, _, context) => {
        const tokens = await tokensOfRun(run, context);
        return tokensIn(run.question.input, tokens);
      },
    }),
    messages: t.field({
      type: [ChatMessage],
      nullable: true,
      complexity: { field: 1, multiplier: usualMessages },
      description:
        'The messages that it was given as, in the order of their positions; without those that have no token of their own. Null for a prompt that was none.',
      resolve: (run) => run.question.input.messages?.map((message) => ({ run, message })) ?? null,
    }),
  }),
});

interface TargetValue {
  readonly run: RunRecord;
  readonly target: Asked;
}

interface SpanValue {
  readonly run: RunRecord;
  readonly span: NonNullable<Asked['span']>;
}

const SpanRequest = builder.objectRef<SpanValue>('SpanRequest').implement({
  description: 'A span as it was asked for.',
  fields: (t) => ({
    from: t.int({ description: 'The place of its first token in the prompt.', resolve: ({ span }) => span.from }),
    to: t.int({
      description: 'The place of its last token.',
      resolve: ({ span }) => span.from + span.tokens.length - 1,
    }),
    against: t.field({
      type: [Token],
      nullable: true,
      description: 'Tokens of the continuation that it was contrasted with; null where there was no contrast.',
      complexity: { field: 1, multiplier: usualContinuation },
      resolve: async ({ run, span: { from, against } }, _, context) => {
        const tokens = await tokensOfRun(run, context);
        return against?.map((id, index) => ({ ...tokens(id), position: from + index })) ?? null;
      },
    }),
  }),
});

export const TargetRequest = builder.objectRef<TargetValue>('TargetRequest').implement({
  description: 'A target as it was asked for; what became of it is `Target`.',
  fields: (t) => ({
    position: t.int({ description: 'The position that predicts.', resolve: ({ target }) => target.position }),
    token: t.field({
      type: Token,
      nullable: true,
      description: "The token that was named; null: the model's own choice.",
      resolve: ({ run, target }, _, context) => tokenOf(run, target.token, target.position, context),
    }),
    against: t.field({
      type: Token,
      nullable: true,
      description: 'The token it is contrasted with; null where there is no contrast.',
      resolve: ({ run, target }, _, context) => tokenOf(run, target.against, target.position, context),
    }),
    kind: t.field({
      type: TargetKind,
      description: 'What of it is explained.',
      resolve: ({ target }) => target.kind ?? 'LOGIT',
    }),
    span: t.field({
      type: SpanRequest,
      nullable: true,
      description: 'The tokens whose sum was to be explained, of which `token` is the last; null where it was one.',
      resolve: ({ run, target: { span } }) => (span ? { run, span } : null),
    }),
  }),
});

/** By itself, a run that was found by its id would be shown as a run. */
interface AskedRun {
  readonly run: RunRecord;
}

const requestTypes: Readonly<Record<RunKind, string>> = {
  LOGIT_ATTRIBUTION: 'LogitAttributionRequest',
  CIRCULATION: 'CirculationRequest',
  GENERATION: 'GenerationRequest',
};

export const RunRequest = builder.interfaceRef<AskedRun>('RunRequest').implement({
  description: 'What a run was asked; which kind of run, the type says. Positions are counted from the beginning.',
  resolveType: ({ run }) => requestTypes[run.question.kind],
  fields: (t) => ({
    prompt: t.field({ type: Prompt, description: 'What the model read.', resolve: ({ run }) => run }),
    target: t.field({
      type: TargetRequest,
      description: 'The target, as it was asked for; of a generation its first one, the token behind the prompt.',
      resolve: ({ run }) => ({ run, target: targetOf(run.question) }),
    }),
  }),
});

builder.objectRef<AskedRun>('LogitAttributionRequest').implement({
  description: 'Which logit was to be explained.',
  interfaces: [RunRequest],
  fields: (t) => ({
    method: t.field({
      type: AttributionMethod,
      description: 'How it was to be traced.',
      resolve: ({ run }) => attributionOf(run).method as MethodName,
    }),
    options: t.field({
      type: AttributionOptions,
      nullable: true,
      description: 'What the method was told, with its defaults; null for a method that takes no options.',
      resolve: async ({ run }, _, context) => {
        const { options } = attributionOf(run);
        return options ? { ...options, tokens: await tokensOfRun(run, context) } : null;
      },
    }),
  }),
});

builder.objectRef<AskedRun>('CirculationRequest').implement({
  description: 'Which tokens were to be followed.',
  interfaces: [RunRequest],
  fields: (t) => ({
    tracked: t.field({
      type: [Token],
      description: 'The tokens that were to be followed.',
      resolve: async ({ run }, _, context) => {
        const tokens = await tokensOfRun(run, context);
        return circulationOf(run).track.map((position) => tokenAt(run.question.input, position, tokens));
      },
    }),
    layers: t.int({
      description: 'How many blocks, from the first on.',
      resolve: ({ run }) => circulationOf(run).layers,
    }),
    top: t.int({
      description: 'How many tokens of the logit lens; 0 where it was not asked for.',
      resolve: ({ run }) => circulationOf(run).top,
    }),
    figures: t.field({
      type: [CirculationFigure],
      description: 'What its events tell beside what every circulation tells.',
      resolve: ({ run }) => [...(circulationOf(run).figures ?? circulationFigures)],
    }),
  }),
});

function targetOf(question: Question): Asked {
  if (question.kind !== 'GENERATION') return question.input.target;
  const { inputIds, attribution } = question.input;
  return { position: inputIds.length - 1, token: null, against: null, kind: attribution?.kind };
}

const SamplingRequest = builder.objectRef<Sampling>('SamplingRequest').implement({
  description: 'How the tokens of an answer were to be drawn.',
  fields: (t) => ({
    temperature: t.exposeFloat('temperature', { description: 'What logits were divided by.' }),
    topK: t.int({
      nullable: true,
      description: 'Only so many of the likeliest; null: all.',
      resolve: ({ topK }) => topK,
    }),
    topP: t.exposeFloat('topP', { description: 'Only the likeliest that together have this probability; 1: all.' }),
    seed: t.exposeInt('seed', { description: 'The same one draws the same answer.' }),
  }),
});

const AnswerAttributionRequest = builder.objectRef<AnswerAttribution>('AnswerAttributionRequest').implement({
  description: 'How the tokens of an answer were to be explained.',
  fields: (t) => ({
    method: t.field({
      type: AttributionMethod,
      description: 'How each was to be traced.',
      resolve: ({ method }) => method,
    }),
    kind: t.field({
      type: TargetKind,
      description: 'What of it was to be explained.',
      resolve: ({ kind }) => kind ?? 'LOGIT',
    }),
  }),
});

builder.objectRef<AskedRun>('GenerationRequest').implement({
  description: 'Which answer was to be written.',
  interfaces: [RunRequest],
  fields: (t) => ({
    maxTokens: t.int({
      description: 'How long it might become, in tokens.',
      resolve: ({ run }) => generationOf(run).maxTokens,
    }),
    sampling: t.field({
      type: SamplingRequest,
      nullable: true,
      description: 'How its tokens were to be drawn; null: the likeliest each time.',
      resolve: ({ run }) => generationOf(run).sampling,
    }),
    stopTexts: t.stringList({
      description: 'Texts that were to end it.',
      resolve: ({ run }) => [...generationOf(run).stopTexts],
    }),
    stopTokens: t.field({
      type: [Token],
      description: 'Tokens that were to end it.',
      resolve: async ({ run }, _, context) => generationOf(run).stopTokens.map(await tokensOfRun(run, context)),
    }),
    top: t.int({
      description: 'How many of the likeliest tokens were to be told of beside each.',
      resolve: ({ run }) => generationOf(run).top,
    }),
    attribution: t.field({
      type: AnswerAttributionRequest,
      nullable: true,
      description: 'How its tokens were to be explained; null: not at all.',
      resolve: ({ run }) => generationOf(run).attribution,
    }),
  }),
});

const attributionOf = (run: RunRecord) => askedOf(run, 'LOGIT_ATTRIBUTION');
const circulationOf = (run: RunRecord) => askedOf(run, 'CIRCULATION');
const generationOf = (run: RunRecord) => askedOf(run, 'GENERATION');

async function tokenOf(
  run: RunRecord,
  id: number | null,
  position: number,
  context: Parameters<typeof tokensOfRun>[1],
) {
  return id === null ? null : { ...(await tokensOfRun(run, context))(id), position };
}
