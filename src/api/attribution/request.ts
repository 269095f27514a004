/** Which logit to explain: what a client sends, as the run service takes it. */

import { inputError, within } from '../../errors.ts';
import { methodOptions } from '../../explain/attribution/given-options.ts';
import { methodOf, methods } from '../../explain/attribution/methods/registry.ts';
import { defaultSteps, mostSteps, passesOf } from '../../explain/attribution/options.ts';
import type { AttributionRequest } from '../../explain/attribution/result.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { builder, enumValues, lengthOf, passComplexity } from '../builder.ts';
import { promptOf, tokenId } from '../models/prompt.ts';
import { targetRequest } from '../models/target-request.ts';
import { PromptInput, TargetInput, TokenInput } from '../models/token.ts';

export const AttributionMethod = builder.enumType('AttributionMethod', {
  description: 'How a logit is traced back to the tokens.',
  values: enumValues(methods),
});

export const AttributionOptionsInput = builder.inputType('AttributionOptionsInput', {
  description:
    'What some methods can be told. What a method does not take is refused: an `InputError` names it, and the methods that take it.',
  fields: (t) => ({
    steps: t.int({
      description: `INTEGRATED_GRADIENTS: how many points it averages over, 1 to ${mostSteps}. Default: ${defaultSteps}.`,
    }),
    baseline: t.field({
      type: TokenInput,
      description:
        'INTEGRATED_GRADIENTS: the token that the way starts from, in every position. OCCLUSION: the token that is put in. Default: an embedding of zeros; OCCLUSION leaves a learned position embedding in place.',
    }),
  }),
});

export const LogitAttributionInput = builder.inputType('LogitAttributionInput', {
  description: 'Which logit to explain.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    target: t.field({ type: TargetInput, description: "Default: the model's top choice at the last position." }),
    method: t.field({
      type: AttributionMethod,
      required: true,
      defaultValue: 'FROZEN',
      description: 'How to trace it.',
    }),
    options: t.field({ type: AttributionOptionsInput, description: 'What some methods can be told.' }),
  }),
});

/** The most targets of one request. */
export const mostTargets = 64;

export const LogitAttributionsInput = builder.inputType('LogitAttributionsInput', {
  description: 'Which logits to explain: several of one prompt, which share the forward pass.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    targets: t.field({
      type: [TargetInput],
      required: true,
      description: `What is explained, each by itself; 1 to ${mostTargets}.`,
    }),
    method: t.field({
      type: AttributionMethod,
      required: true,
      defaultValue: 'FROZEN',
      description: 'How to trace them.',
    }),
    options: t.field({ type: AttributionOptionsInput, description: 'What some methods can be told.' }),
  }),
});

/** @throws TributaryError INPUT, PROMPT, TARGET */
export function attributionQuestion(
  model: CatalogueModel,
  { target, ...rest }: typeof LogitAttributionInput.$inferInput,
): Omit<AttributionRequest, 'selection'> {
  return attributionQuestions(model, { ...rest, targets: [target ?? { kind: 'LOGIT' }] });
}

/** @throws TributaryError INPUT, as of the argument `input`; PROMPT, TARGET */
export function attributionQuestions(
  model: CatalogueModel,
  { targets, ...rest }: typeof LogitAttributionsInput.$inferInput,
): Omit<AttributionRequest, 'selection'> {
  return within('input', () => {
    requireTargets(targets.length);
    const means = attributionMeans(model, rest);
    return { ...means, targets: targets.map((target) => targetRequest(model, means.inputIds, target)) };
  });
}

/**
 * What is asked, its targets aside.
 * @throws TributaryError INPUT, as of the object that is given; PROMPT, TARGET
 */
export function attributionMeans(
  model: CatalogueModel,
  { prompt, method, options: given }: Pick<typeof LogitAttributionsInput.$inferInput, 'prompt' | 'method' | 'options'>,
): Omit<AttributionRequest, 'selection' | 'targets'> {
  const read = promptOf(model, prompt);
  const options = within('options', () =>
    methodOptions(methodOf(method), {
      steps: given?.steps ?? undefined,
      baseline: given?.baseline && tokenId(model, given.baseline, 'baseline'),
    }),
  );
  return { ...read, method, ...(options && { options }) };
}

/** @throws TributaryError INPUT for none, or too many */
export function requireTargets(count: number): void {
  if (count >= 1 && count <= mostTargets) return;
  throw inputError('targets', `A request has 1 to ${mostTargets} targets, not ${count}`);
}

type Asked = typeof LogitAttributionInput.$inferInput | typeof LogitAttributionsInput.$inferInput;

/**
 * What the passes of a question cost, of a contrast of continuations both its sequences. A token has about four characters: no
 * prompt is split before it is affordable.
 */
export function passesComplexity({ method, options, prompt, ...asked }: Asked): number {
  const { tokenIds, text, messages, randomTokens } = prompt;
  const length = randomTokens?.length ?? tokenIds?.length ?? (text?.length ?? lengthOf(messages)) / 4;
  const steps = typeof options?.steps === 'number' ? { steps: options.steps } : {};
  const targets = 'targets' in asked ? asked.targets : [asked.target];
  const sequences = targets.some((target) => target?.span?.against) ? 2 : 1;
  return passComplexity * sequences * Math.ceil(passesOf(methodOf(method), steps, length));
}
