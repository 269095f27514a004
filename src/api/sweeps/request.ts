/** What a sweep is asked. */
import { mostSlots } from '../../experiments/sweeps/slots.ts';
import { builder } from '../builder.ts';
import { PromptInput } from '../models/token.ts';
import { sweepOperations } from './operations/registry.ts';

const SweepSlotInput = builder.inputType('SweepSlotInput', {
  description: 'A slot of a template, and what can stand in it.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'As it stands in the template, without its braces.' }),
    values: t.stringList({ required: true, description: 'Texts, one at the least, each once.' }),
  }),
});

const SweepSampleInput = builder.inputType('SweepSampleInput', {
  description: 'Some of all combinations, drawn without replacement, each as likely as any other.',
  fields: (t) => ({
    count: t.int({ required: true, description: 'How many, 1 at the least.' }),
    seed: t.int({
      required: true,
      defaultValue: 0,
      description:
        'The same one draws the same ones, 0 at the least; a larger `count` begins with those of a smaller one.',
    }),
  }),
});

const SweepTemplateInput = builder.inputType('SweepTemplateInput', {
  description:
    'A prompt with slots, asked with every combination of what can stand in them. The last slot changes fastest; slots that are to differ change together, at the place of the first of them.',
  fields: (t) => ({
    prompt: t.string({
      required: true,
      description:
        'As `When {a} and {b} went to the {place}, {b} gave a {object} to`. A brace of the text is written twice: `{{`, `}}`.',
    }),
    slots: t.field({
      type: [SweepSlotInput],
      required: true,
      description: `Each stands in the prompt, or in a target; at most ${mostSlots}.`,
    }),
    different: t.field({
      type: [t.listRef('String')],
      description: 'Groups of slots that take different values each: `[["a", "b"]]`. Default: any combination.',
    }),
    sample: t.field({
      type: SweepSampleInput,
      description: 'Only some of the combinations. Default: all of them.',
    }),
  }),
});

export const SlotValueInput = builder.inputType('SlotValueInput', {
  description: 'What stands in a slot.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Of the slot.' }),
    value: t.string({ required: true, description: 'The text in it.' }),
  }),
});

const SweepPromptInput = builder.inputType('SweepPromptInput', {
  description: 'A prompt as it is, braces and all, with what its slots are to say of it.',
  fields: (t) => ({
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    slots: t.field({
      type: [SlotValueInput],
      description: 'For the slots of targets, and to tell prompts apart by; a name once. Default: none.',
    }),
  }),
});

const SweepUploadInput = builder.inputType('SweepUploadInput', {
  description:
    'Rows of a file that was sent by `POST /rows`: a prompt of each row, in their order. Its columns are the slots.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'As `POST /rows` has answered it.' }),
    prompt: t.string({
      required: true,
      defaultValue: '{prompt}',
      description: 'A template over its columns, as of `SweepTemplateInput.prompt`.',
    }),
  }),
});

const SweepRowsInput = builder.inputType('SweepRowsInput', {
  description: 'Which prompts are asked. Exactly one of the three.',
  isOneOf: true,
  fields: (t) => ({
    template: t.field({ type: SweepTemplateInput, description: 'Those of a template.' }),
    prompts: t.field({ type: [SweepPromptInput], description: 'These, one at the least.' }),
    upload: t.field({ type: SweepUploadInput, description: 'Those of a file that was sent.' }),
  }),
});

const SweepOperationInput = builder.inputType('SweepOperationInput', {
  description: 'What is asked of every prompt, by the name of its operation. Exactly one of them.',
  isOneOf: true,
  fields: (t) =>
    Object.fromEntries(
      sweepOperations.map(({ operation, type, description }) => [operation, t.field({ type, description })]),
    ),
});

/** The most operations of a sweep. */
export const mostOperations = 16;

export const SweepInput = builder.inputType('SweepInput', {
  description:
    'One or several questions asked of many prompts and models. Rows come model by model; of a model operation by operation, of an attribution method by method; then prompt by prompt, and of a prompt target by target.',
  fields: (t) => ({
    experiment: t.string({
      required: true,
      description: 'The name of the experiment that its runs join; one that is not there is made.',
    }),
    rows: t.field({ type: SweepRowsInput, required: true, description: 'Which prompts are asked.' }),
    models: t.stringList({ required: true, description: 'As in `Model.name`; one at the least, each once.' }),
    operations: t.field({
      type: [SweepOperationInput],
      required: true,
      description: `What is asked of each of them; 1 to ${mostOperations}.`,
    }),
  }),
});
