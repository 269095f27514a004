/** Which answer to write: what a client sends, as the run service takes it. */
import { inputError, requireInBounds, within } from '../../errors.ts';
import type { GenerationRequest, Sampling } from '../../explain/generation/event.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { type RuleSet, ruleSets } from '../../onnx/rules/registry.ts';
import { AttributionMethod } from '../attribution/request.ts';
import { builder, type InputFields } from '../builder.ts';
import { promptOf, tokenId } from '../models/prompt.ts';
import { PromptInput, TargetKind, TokenInput } from '../models/token.ts';

const most = { tokens: 4096, alternatives: 100, stops: 16, stopLength: 256, temperature: 100, seed: 2 ** 31 - 1 };

const SamplingInput = builder.inputType('SamplingInput', {
  description:
    'Draws each token of the answer at random instead of taking the likeliest: of the logits over `temperature` only the `topK` likeliest, of these only the likeliest that together have `topP` of their probability.',
  fields: (t) => ({
    temperature: t.float({
      required: true,
      defaultValue: 1,
      description: `What logits are divided by: above 0, at most ${most.temperature}. Below 1 likely tokens become likelier.`,
    }),
    topK: t.int({ description: 'Only so many of the likeliest tokens, at least 1. Default: all.' }),
    topP: t.float({
      required: true,
      defaultValue: 1,
      description: 'Only the likeliest tokens that together have this probability: above 0, at most 1. Default: all.',
    }),
    seed: t.int({
      required: true,
      defaultValue: 0,
      description: `The same one draws the same answer: 0 to ${most.seed}.`,
    }),
  }),
});

export const StopInput = builder.inputType('StopInput', {
  description: 'What ends the answer before it is as long as it may be.',
  fields: (t) => ({
    texts: t.stringList({
      description: `Texts: the token with which one of them stands in the answer is the last; at most ${most.stops}.`,
    }),
    tokens: t.field({
      type: [TokenInput],
      description: `Tokens: the one that is among them is the last; at most ${most.stops}.`,
    }),
    endOfText: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether the tokens do that with which the checkpoint says that an answer ends.',
    }),
  }),
});

const AnswerAttributionInput = builder.inputType('AnswerAttributionInput', {
  description: 'How the tokens of an answer are explained.',
  fields: (t) => ({
    method: t.field({
      type: AttributionMethod,
      required: true,
      defaultValue: 'FROZEN',
      description: `How each is traced: ${Object.keys(ruleSets).join(', ')}, which go back through the blocks.`,
    }),
    kind: t.field({ type: TargetKind, required: true, defaultValue: 'LOGIT', description: 'What of it is explained.' }),
  }),
});

export const GenerationInput = builder.inputType('GenerationInput', {
  description: 'What a model is to go on from, and how.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    ...generationFields(t),
  }),
});

/** What is asked of whichever model and prompt. */
export function generationFields(t: InputFields) {
  return {
    maxTokens: t.int({
      required: true,
      defaultValue: 64,
      description: `How long the answer may become, in tokens: 1 to ${most.tokens}, and no longer than the model can read behind the prompt.`,
    }),
    sampling: t.field({ type: SamplingInput, description: 'Default: the likeliest token each time.' }),
    stop: t.field({ type: StopInput, description: 'Default: the tokens by which the checkpoint ends an answer.' }),
    top: t.int({
      required: true,
      defaultValue: 5,
      description: `How many of the likeliest tokens are told of beside each: 0 to ${most.alternatives}.`,
    }),
    attribution: t.field({
      type: AnswerAttributionInput,
      description:
        'How the tokens of the answer are explained, where that is selected. Default: by FROZEN, each its logit.',
    }),
  };
}

type Input = typeof GenerationInput.$inferInput;

/**
 * @param explained whether its tokens are
 * @param stopTokens ids in the place of those that the input asks for
 * @throws TributaryError INPUT, as of the argument `input`; PROMPT, TARGET
 */
export function generationQuestion(
  model: CatalogueModel,
  input: Input,
  explained: boolean,
  stopTokens?: readonly number[],
): GenerationRequest {
  const prompt = promptOf(model, input.prompt);
  return within('input', () => {
    const { maxTokens, top, sampling } = input;
    requireInBounds('maxTokens', maxTokens, 1, most.tokens);
    requireRoomFor(maxTokens, prompt.inputIds.length, model.specification.contextLength);
    requireInBounds('top', top, 0, most.alternatives);
    const attribution = attributionOf(input.attribution);
    return {
      ...prompt,
      maxTokens,
      sampling: sampling ? samplingOf(sampling) : null,
      ...stopsOf(model, input.stop, stopTokens),
      top: Math.min(top, model.specification.vocabularySize),
      attribution: explained ? attribution : null,
    };
  });
}

/**
 * The last token is chosen, and need not be read.
 * @param length of the prompt
 * @throws TributaryError INPUT where the answer could become longer than the model can read
 */
export function requireRoomFor(maxTokens: number, length: number, contextLength: number): void {
  const room = contextLength - length + 1;
  if (maxTokens <= room) return;
  throw inputError(
    'maxTokens',
    `The prompt has ${length} tokens, and this model reads at most ${contextLength}: the answer can have ${room}, not ${maxTokens}`,
  );
}

function samplingOf({ temperature, topK, topP, seed }: typeof SamplingInput.$inferInput): Sampling {
  return within('sampling', () => {
    requireAboveZero('temperature', temperature, most.temperature);
    requireAboveZero('topP', topP, 1);
    if (topK !== null && topK !== undefined && topK < 1)
      throw inputError('topK', `\`topK\` is at least 1, not ${topK}`);
    requireInBounds('seed', seed, 0, most.seed);
    return { temperature, topK: topK ?? null, topP, seed };
  });
}

function requireAboveZero(field: string, value: number, largest: number): void {
  if (value > 0 && value <= largest) return;
  const greedy =
    field === 'temperature' && value === 0 ? '; leave `sampling` out for the likeliest token each time' : '';
  throw inputError(field, `\`${field}\` is above 0 and at most ${largest}, not ${value}${greedy}`);
}

export function stopsOf(
  model: CatalogueModel,
  stop: Input['stop'],
  asked?: readonly number[],
): Pick<GenerationRequest, 'stopTokens' | 'stopTexts'> {
  return within('stop', () => {
    const { texts, tokens, endOfText } = stop ?? { endOfText: true };
    for (const [field, list] of Object.entries({ texts, tokens }))
      if (list && list.length > most.stops)
        throw inputError(field, `There are ${list.length} ${field}; at most ${most.stops} can end an answer`);
    for (const [index, text] of (texts ?? []).entries()) {
      if (text.length >= 1 && text.length <= most.stopLength) continue;
      throw inputError(
        `texts.${index}`,
        `A text that ends an answer has 1 to ${most.stopLength} characters, not ${text.length}`,
      );
    }
    const named = (tokens ?? []).map((token) => tokenId(model, token, 'stop'));
    // A configuration may name tokens that the model cannot say.
    const own = endOfText ? model.checkpoint.endTokens.filter((id) => id < model.specification.vocabularySize) : [];
    return {
      stopTokens:
        asked?.map((id) => tokenId(model, { tokenId: id }, 'stop')) ??
        [...new Set([...named, ...own])].sort((a, b) => a - b),
      stopTexts: [...new Set(texts ?? [])],
    };
  });
}

function attributionOf(attribution: Input['attribution']): NonNullable<GenerationRequest['attribution']> {
  const { method, kind } = attribution ?? { method: 'FROZEN', kind: 'LOGIT' };
  const ruleSet = ruleSetOf('attribution.method', method, 'The tokens of an answer are explained');
  return { method: ruleSet, ...(kind !== 'LOGIT' && { kind }) };
}

/** @param what is done by such a method, as a message says it @throws TributaryError INPUT for one that does not go back through the blocks */
export function ruleSetOf(field: string, method: typeof AttributionMethod.$inferType, what: string): RuleSet {
  if (Object.hasOwn(ruleSets, method)) return method as RuleSet;
  throw inputError(
    field,
    `${what} by ${Object.keys(ruleSets).join(', ')}, which go back through the blocks, not by ${method}; \`logitAttribution\` explains a token by any method`,
  );
}
