/** Where in its context an answer comes from, in GraphQL. */

import { passesOf } from '../../explain/cited-context/demand.ts';
import type {
  AnswerTokenReading,
  LeavingOut,
  LeftOut,
  PassageScore,
  CitedContextResult as Result,
} from '../../explain/cited-context/result.ts';
import { AnswerText } from '../../explain/generation/answer-text.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { citedContext } from '../../jobs/kinds/cited-context.ts';
import { answerSizeOf } from '../answer-size.ts';
import { Audit, auditOf } from '../attribution/target-type.ts';
import { builder, computes, passComplexity, readingComplexity } from '../builder.ts';
import { expectedSize, extent } from '../expected-size.ts';
import { orFailure, questionFailures, typeOf } from '../failures.ts';
import { Model } from '../models/schema.ts';
import { Token } from '../models/token.ts';
import { CitedContextInput, type CitedContextQuestion, citedContextQuestion, leftOutOf } from './request.ts';
import { checkedIn } from './selection.ts';

interface ContextValue extends CitedContextQuestion {
  readonly model: CatalogueModel;
  readonly result: Result;
}

interface PassageValue extends PassageScore {
  readonly name: string;
}

interface AnswerTokenValue extends AnswerTokenReading {
  readonly context: ContextValue;
  readonly position: number;
}

interface LeftOutValue extends LeftOut {
  readonly context: ContextValue;
}

interface LeavingOutValue extends LeavingOut {
  readonly context: ContextValue;
}

const CitedPassage = builder.objectRef<PassageValue>('CitedPassage').implement({
  description:
    'A passage of the prompt, and what it contributes to the answer. A token that has characters of a passage belongs to it, one that has characters of two belongs to the first.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'By which it was given.' }),
    from: t.exposeInt('from', { description: 'The position of its first token.' }),
    to: t.exposeInt('to', { description: 'The position behind its last token.' }),
    score: t.exposeFloat('score', {
      description: 'What its tokens contribute to the answer, added up over these and over the tokens of the answer.',
    }),
    share: t.float({
      nullable: true,
      description:
        '`score` over the sum of the magnitudes of all passages, with its sign. Null where all scores are 0.',
      resolve: ({ share }) => share,
    }),
    rank: t.exposeInt('rank', { description: '1 has the highest score; of equal ones the earlier comes first.' }),
  }),
});

const CitedAnswerToken = builder.objectRef<AnswerTokenValue>('CitedAnswerToken').implement({
  description: 'A token of the answer, as the model expects it behind the prompt and the answer so far.',
  fields: (t) => ({
    token: t.field({
      type: Token,
      description: 'The token; its position is the one at which it is predicted.',
      resolve: ({ context: { model }, token, position }) => ({ ...model.checkpoint.tokenizer.token(token), position }),
    }),
    logProbability: t.exposeFloat('logProbability', { description: 'Natural logarithm of its probability.' }),
    probability: t.float({
      description: 'Softmax of all logits.',
      resolve: ({ logProbability }) => Math.exp(logProbability),
    }),
    rank: t.exposeInt('rank', { description: "1 for the model's top choice." }),
  }),
});

const CitedAnswer = builder.objectRef<ContextValue>('CitedAnswer').implement({
  description: 'The answer that is explained.',
  fields: (t) => ({
    text: t.string({
      description: 'As it goes on from the prompt, without special tokens.',
      resolve: ({ model, request, result }) => {
        const answer = new AnswerText((ids) => model.checkpoint.tokenizer.spell(ids), request.inputIds);
        for (const { token } of result.answer) answer.add(token);
        return answer.text;
      },
    }),
    tokens: t.field({
      ...extent(({ answer = 1 }) => answer),
      type: [CitedAnswerToken],
      description: 'Its tokens; the last one may be the one that has ended it.',
      resolve: (context) =>
        context.result.answer.map((reading, index) => ({
          ...reading,
          context,
          position: context.request.inputIds.length - 1 + index,
        })),
    }),
    logProbability: t.float({
      description: 'Natural logarithm of the probability of all of it: the sum over its tokens.',
      resolve: ({ result }) => result.logProbability,
    }),
  }),
});

const WithoutPassages = builder.objectRef<LeftOutValue>('WithoutPassages').implement({
  description: 'The same answer behind the prompt without some passages, which is split and read anew.',
  fields: (t) => ({
    passages: t.field({
      ...extent(({ leftOut = 1 }) => leftOut),
      type: [CitedPassage],
      description: 'What is left out, in the order of the prompt.',
      resolve: ({ context, passages }) => passages.map((place) => passageOf(context, place)),
    }),
    promptLength: t.exposeInt('length', { description: 'Tokens of the prompt without them.' }),
    logProbability: t.exposeFloat('logProbability', {
      description: 'Natural logarithm of the probability of the answer without them.',
    }),
    drop: t.exposeFloat('drop', {
      description:
        'How much less that is than with all passages: high if the model needed them, below 0 if they spoke against it.',
    }),
  }),
});

const PassagesLeftOut = builder.objectRef<LeavingOutValue>('PassagesLeftOut').implement({
  description: 'What some passages do to the answer by being left out.',
  fields: (t) => ({
    alone: t.field({
      ...extent(({ leftOut = 1 }) => leftOut),
      type: [WithoutPassages],
      description: 'Each of them alone: the strongest first, random ones as they were drawn.',
      resolve: ({ context, alone }) => alone.map((one) => ({ ...one, context })),
    }),
    together: t.field({
      type: WithoutPassages,
      nullable: true,
      description: 'All of them; null where there are none.',
      resolve: ({ context, together }) => together && { ...together, context },
    }),
    meanDrop: t.float({
      nullable: true,
      description: 'The mean of the drops of each alone; null where there are none.',
      resolve: ({ alone }) =>
        alone.length === 0 ? null : alone.reduce((sum, { drop }) => sum + drop, 0) / alone.length,
    }),
  }),
});

const CitedContextCheck = builder.objectRef<ContextValue>('CitedContextCheck').implement({
  description:
    'Whether the scores hold: the answer should suffer more without the strongest passages than without random ones. What is not selected is not computed.',
  fields: (t) => ({
    strongest: t.field({
      type: PassagesLeftOut,
      description: 'Without the passages of the highest scores.',
      resolve: (context) => leavingOut(context, 'strongest'),
    }),
    random: t.field({
      type: PassagesLeftOut,
      description: 'Without random passages, of those beside the strongest as long as there are any.',
      resolve: (context) => leavingOut(context, 'random'),
    }),
  }),
});

const CitedContext = builder.objectRef<ContextValue>('CitedContext').implement({
  description:
    'Which passages of a prompt an answer comes from. The scores of the passages, `rest`, `ofAnswer`, `bias` and `intercept` add up to what is explained, as `audit` says.',
  fields: (t) => ({
    model: t.field({ type: Model, description: 'The model.', resolve: ({ model }) => model }),
    prompt: t.exposeString('text', { description: 'The whole prompt, as it was split.' }),
    tokens: t.field({
      ...extent(({ length, answer = 0 }) => length - answer),
      type: [Token],
      description: 'The tokens of the prompt.',
      resolve: ({ model, request }) =>
        request.inputIds.map((id, position) => ({ ...model.checkpoint.tokenizer.token(id), position })),
    }),
    passages: t.field({
      ...extent(({ passages = 1 }) => passages),
      type: [CitedPassage],
      description: 'In the order of the prompt.',
      resolve: (context) => context.names.map((_, place) => passageOf(context, place)),
    }),
    answer: t.field({ type: CitedAnswer, description: 'The answer that is explained.', resolve: (context) => context }),
    rest: t.float({
      description: 'What the tokens of the prompt that are in no passage contribute.',
      resolve: ({ result }) => result.rest,
    }),
    ofAnswer: t.float({
      description: 'What the tokens of the answer contribute to those behind them.',
      resolve: ({ result }) => result.ofAnswer,
    }),
    bias: t.float({
      description: 'What no token accounts for: the biases of the model.',
      resolve: ({ result }) => result.bias,
    }),
    intercept: t.float({
      description: 'As of a `LogitAttribution`, added up over the tokens of the answer.',
      resolve: ({ result }) => result.intercept ?? 0,
    }),
    audit: t.field({
      type: Audit,
      description: 'Does it add up? Its `logit` is what is explained: of the answer the sum over its tokens.',
      resolve: ({ result }) => auditOf(result),
    }),
    check: t.field({
      type: CitedContextCheck,
      description: 'How likely the answer is without some of the passages.',
      resolve: (context) => context,
    }),
  }),
});

const CitedContextResult = builder.unionType('CitedContextResult', {
  description: 'Where the answer comes from, or what was wrong with the request.',
  types: [CitedContext, ...questionFailures],
  resolveType: typeOf('CitedContext'),
});

builder.queryField('citedContext', (t) =>
  t.field({
    type: CitedContextResult,
    extensions: computes,
    description:
      'Which passages of a prompt an answer comes from: a score of each, and how likely the same answer is without the strongest and without random ones. One pass forward and one back, and for `check` one of each prompt that is shorter, from where it begins to differ. Nothing is stored.',
    args: {
      input: t.arg({ type: CitedContextInput, required: true, description: 'Which passages, and which answer.' }),
    },
    complexity: ({ input }) => ({
      field: passComplexity * (2 + shorterPrompts(input)) + readingComplexity(input),
    }),
    resolve: (_, { input }, context, info) =>
      orFailure(async (): Promise<ContextValue> => {
        const { catalogue, engine, signal, client } = context;
        const model = await catalogue.get(input.model);
        const question = citedContextQuestion(model, input, checkedIn(info));
        const { inputIds, strongest, random } = question.request;
        const { layerCount, headCount } = model.specification;
        const answer = question.request.answer?.length ?? input.maxTokens;
        const sizes = { passages: question.names.length, leftOut: Math.max(strongest, random), answer };
        const dimensions = { ...sizes, layerCount, headCount, length: inputIds.length + answer };
        answerSizeOf(context).expect(expectedSize(info, dimensions, 'CitedContext'));
        const result = await engine.run(citedContext, model.checkpoint, question.request, { signal, client });
        return { ...question, model, result };
      }),
  }),
);

/** As if all of it were selected, and whatever is wrong with it. */
function shorterPrompts(input: typeof CitedContextInput.$inferInput): number {
  const { strongest, random } = leftOutOf(input);
  return Math.max(0, passesOf({ strongest, random, checked: { strongest: true, random: true } }));
}

function passageOf({ names, result }: ContextValue, place: number): PassageValue {
  return { name: names[place] as string, ...(result.passages[place] as PassageScore) };
}

function leavingOut(context: ContextValue, side: 'strongest' | 'random'): LeavingOutValue {
  const found = context.result[side];
  if (!found) throw new Error(`The ${side} passages were selected and not left out`);
  return { ...found, context };
}
