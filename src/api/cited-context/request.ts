/** Which passages, and which answer to them: what a client sends, as a job takes it. */
import { inputError, requireInBounds, TributaryError, within } from '../../errors.ts';
import { idsWithout, lengthOfSame, type PassagePrompt, textOf } from '../../explain/cited-context/prompt.ts';
import type { CitedContextRequest } from '../../explain/cited-context/result.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { ruleSets } from '../../onnx/rules/registry.ts';
import { AttributionMethod } from '../attribution/request.ts';
import { builder } from '../builder.ts';
import { requireRoomFor, ruleSetOf, StopInput, stopsOf } from '../generation/request.ts';
import { promptIds, tokenId } from '../models/prompt.ts';
import { TargetKind } from '../models/token.ts';

const most = { passages: 100, name: 200, tokens: 1024, seed: 2 ** 31 - 1 };
const usualLeftOut = 3;
const usualLabel = '{name}: {text}';

const PassageInput = builder.inputType('PassageInput', {
  description: 'A part of a prompt that an answer may come from.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: `By which it is told of, and which stands in the prompt where \`label\` says so: 1 to ${most.name} characters, each passage its own.`,
    }),
    text: t.string({ required: true, description: 'What it says; not empty.' }),
  }),
});

const CitedAnswerInput = builder.inputType('CitedAnswerInput', {
  description: 'An answer to a prompt. Exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    text: t.string({
      description:
        'Text, as it goes on from the prompt: it is split together with that, and no special tokens are added.',
    }),
    tokenIds: t.intList({ description: 'Token ids, taken as they are.' }),
  }),
});

export const CitedContextInput = builder.inputType('CitedContextInput', {
  description:
    'A prompt made of passages: `before`, the passages as `label` writes each, `separator` between one and the next, `after`; and an answer to it.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    passages: t.field({
      type: [PassageInput],
      required: true,
      description: `In the order in which the model reads them, 1 to ${most.passages}.`,
    }),
    before: t.string({
      required: true,
      defaultValue: '',
      description: 'Stands before the first passage, with the white space that is to be between.',
    }),
    after: t.string({
      required: true,
      defaultValue: '',
      description: 'Stands after the last passage, as a question does, with the white space that is to be between.',
    }),
    separator: t.string({
      required: true,
      defaultValue: '\n\n',
      description: 'Stands between a passage and the next one. A passage that is left out takes one with it.',
    }),
    label: t.string({
      required: true,
      defaultValue: usualLabel,
      description:
        'How a passage stands in the prompt: `{text}`, once, is its text, `{name}` its name. All that this writes counts as the passage.',
    }),
    answer: t.field({
      type: CitedAnswerInput,
      description: "What is explained. Default: the model's own answer, the likeliest token each time.",
    }),
    maxTokens: t.int({
      required: true,
      defaultValue: 32,
      description: `How long the model's own answer may become, in tokens: 1 to ${most.tokens}, and no longer than it can read behind the prompt.`,
    }),
    stop: t.field({
      type: StopInput,
      description: "What ends the model's own answer. Default: the tokens by which the checkpoint ends an answer.",
    }),
    method: t.field({
      type: AttributionMethod,
      required: true,
      defaultValue: 'FROZEN',
      description: `How it is traced: ${Object.keys(ruleSets).join(', ')}, which go back through the blocks.`,
    }),
    kind: t.field({
      type: TargetKind,
      required: true,
      defaultValue: 'LOG_PROBABILITY',
      description: 'What of each token of the answer is explained; of the answer it is their sum.',
    }),
    strongest: t.int({
      description: `How many passages of the highest score are left out for \`check\`: none to all. Default: ${usualLeftOut}, or half of the passages where those are fewer, at least one unless that were the whole prompt.`,
    }),
    random: t.int({
      description:
        'How many random ones are left out beside, of the others as long as there are any: none to all. Default: as many as of the strongest, or the others that there are.',
    }),
    seed: t.int({
      required: true,
      defaultValue: 0,
      description: `The same one draws the same passages: 0 to ${most.seed}.`,
    }),
  }),
});

type Input = typeof CitedContextInput.$inferInput;

export interface CitedContextQuestion {
  readonly request: CitedContextRequest;
  /** Of the passages. */
  readonly names: readonly string[];
  /** The whole prompt. */
  readonly text: string;
}

/**
 * @param checked which passages are left out
 * @throws TributaryError INPUT, as of the argument `input`; PROMPT, TARGET
 */
export function citedContextQuestion(
  model: CatalogueModel,
  input: Input,
  checked: CitedContextRequest['checked'],
): CitedContextQuestion {
  return within('input', () => {
    const prompt = promptOf(input);
    const counts = leftOutOf(input);
    requireLeftOut(counts, prompt.passages.length);
    requireInBounds('maxTokens', input.maxTokens, 1, most.tokens);
    requireInBounds('seed', input.seed, 0, most.seed);
    const text = textOf(prompt);
    const inputIds = promptIds(model, { text });
    const answer = input.answer ? answerIds(model, text, inputIds, input.answer) : null;
    requireRoom(model, inputIds.length, answer, input.maxTokens);
    requireRest(model, prompt, answer?.length ?? input.maxTokens, counts, checked);
    const { method, kind } = input;
    return {
      request: {
        ...{ inputIds, prompt, answer, maxTokens: input.maxTokens, ...stopsOf(model, input.stop) },
        method: ruleSetOf('method', method, 'Answers are traced'),
        ...(kind !== 'LOGIT' && { kind }),
        ...{ ...counts, seed: input.seed, checked },
      },
      names: input.passages.map(({ name }) => name),
      text,
    };
  });
}

function promptOf({ passages, before, after, separator, label }: Input): PassagePrompt {
  if (passages.length < 1 || passages.length > most.passages)
    throw inputError('passages', `A prompt is made of 1 to ${most.passages} passages, not ${passages.length}`);
  const places = new Map<string, number>();
  for (const [place, { name, text }] of passages.entries()) {
    const field = `passages.${place}`;
    if (name.length < 1 || name.length > most.name)
      throw inputError(`${field}.name`, `A passage has a name of 1 to ${most.name} characters, not ${name.length}`);
    if (text === '') throw inputError(`${field}.text`, `The passage ${JSON.stringify(name)} is empty; leave it out`);
    const other = places.get(name);
    if (other !== undefined)
      throw inputError(
        `${field}.name`,
        `The passages ${other} and ${place} have the same name, ${JSON.stringify(name)}; each takes its own`,
      );
    places.set(name, place);
  }
  const texts = label.split('{text}').length - 1;
  if (texts !== 1)
    throw inputError('label', `A label has {text} once, as ${JSON.stringify(usualLabel)} has, not ${texts} times`);
  return { before, passages: passages.map((passage) => labelled(label, passage)), separator, after };
}

/** What a passage itself says is taken as it is. */
function labelled(label: string, passage: { readonly name: string; readonly text: string }): string {
  return label.replace(/\{(name|text)\}/g, (_, part: 'name' | 'text') => passage[part]);
}

/** How many passages would be left out. */
export function leftOutOf({ passages, ...input }: Input): Pick<CitedContextRequest, 'strongest' | 'random'> {
  const count = passages.length;
  // Without its only passage, a prompt may have nothing left.
  const least = input.before + input.after === '' ? count - 1 : 1;
  const strongest = input.strongest ?? Math.max(Math.min(least, 1), Math.min(usualLeftOut, Math.floor(count / 2)));
  return { strongest, random: input.random ?? Math.max(0, Math.min(strongest, count - strongest)) };
}

function requireLeftOut(counts: Pick<CitedContextRequest, 'strongest' | 'random'>, passages: number): void {
  for (const [field, count] of Object.entries(counts))
    if (count < 0 || count > passages)
      throw inputError(
        field,
        `\`${field}\` is how many of the ${passages} passages are left out: 0 to ${passages}, not ${count}`,
      );
}

/** @throws TributaryError INPUT, TARGET, PROMPT where it is far too long */
function answerIds(
  model: CatalogueModel,
  prompt: string,
  inputIds: readonly number[],
  { text, tokenIds }: NonNullable<Input['answer']>,
): number[] {
  const field = tokenIds ? 'answer.tokenIds' : 'answer.text';
  const ids = tokenIds
    ? tokenIds.map((id) => tokenId(model, { tokenId: id }, 'answer'))
    : idsBehind(model, prompt, inputIds, text ?? '');
  if (ids.length > 0) return ids;
  throw inputError(field, "The answer is empty; it takes at least one token, or leave it out for the model's own");
}

/** The tokens of a text that follows a prompt. */
function idsBehind(
  { checkpoint: { tokenizer }, specification: { contextLength } }: CatalogueModel,
  prompt: string,
  inputIds: readonly number[],
  text: string,
): number[] {
  const whole = prompt + text;
  const least = Math.ceil(whole.length / tokenizer.longestToken);
  if (least > contextLength + 1) throw tooLong(`${least} or more`, contextLength);
  const ids = tokenizer.encode(whole);
  if (lengthOfSame(inputIds, ids) === inputIds.length) return ids.slice(inputIds.length);
  throw inputError(
    'answer.text',
    'The prompt and the answer are not split where the answer begins, but into a token that has characters of both: have the prompt end without white space and the answer begin with it, or give `tokenIds`',
  );
}

/** The last token of an answer is predicted, and need not be read. */
function requireRoom(
  { specification: { contextLength } }: CatalogueModel,
  length: number,
  answer: readonly number[] | null,
  maxTokens: number,
): void {
  if (!answer) requireRoomFor(maxTokens, length, contextLength);
  else if (answer.length > contextLength - length + 1) throw tooLong(String(length + answer.length), contextLength);
}

function tooLong(tokens: string, contextLength: number): TributaryError {
  return new TributaryError(
    'PROMPT',
    `The prompt and the answer have ${tokens} tokens; this model reads at most ${contextLength}, and the last one of the answer beside`,
  );
}

/** @throws TributaryError PROMPT where all passages are to be left out, and there is nothing else */
function requireRest(
  { checkpoint: { tokenizer }, specification: { contextLength } }: CatalogueModel,
  prompt: PassagePrompt,
  answer: number,
  { strongest, random }: Pick<CitedContextRequest, 'strongest' | 'random'>,
  checked: CitedContextRequest['checked'],
): void {
  const all = prompt.passages.length;
  if ((checked.strongest && strongest === all) || (checked.random && random === all))
    idsWithout(tokenizer, prompt, new Set(prompt.passages.keys()), contextLength - answer + 1);
}
