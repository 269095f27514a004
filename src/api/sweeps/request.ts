/** Which operations to ask of which prompts: what a client sends. */

import type { PlannedRow } from '../../experiments/sweeps/row.ts';
import { fillTemplate, parseTemplate } from '../../experiments/sweeps/template.ts';
import { TemplatePrompts } from '../../experiments/sweeps/template-prompts.ts';
import { experimentName } from '../../runs/labels.ts';
import { AttributionMethod, AttributionOptionsInput } from '../attribution/request.ts';
import { builder, type Context } from '../builder.ts';
import { LogitAttributionSelectionInput } from '../estimates/attribution-selection.ts';
import { PromptInput, TargetKind } from '../models/token.ts';
import { SlotValueInput } from './slot-value.ts';

const SweepSlotInput = builder.inputType('SweepSlotInput', {
  description: 'A slot of a template, and what may stand in it.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name.' }),
    values: t.stringList({ required: true, description: 'What may stand in it.' }),
  }),
});
const SweepSampleInput = builder.inputType('SweepSampleInput', {
  description: 'So many of all combinations.',
  fields: (t) => ({
    count: t.int({ required: true, description: 'How many.' }),
    seed: t.int({ required: true, defaultValue: 0, description: 'Of the draw.' }),
  }),
});
const SweepTemplateInput = builder.inputType('SweepTemplateInput', {
  description: 'A prompt with slots.',
  fields: (t) => ({
    prompt: t.string({ required: true, description: 'The text.' }),
    slots: t.field({ type: [SweepSlotInput], required: true, description: 'The slots.' }),
    different: t.field({
      type: t.listRef(t.listRef('String', { required: true }), { required: true }),
      description: 'Groups of slots that take different values.',
    }),
    sample: t.field({ type: SweepSampleInput, description: 'Some of all combinations.' }),
  }),
});
const SweepPromptInput = builder.inputType('SweepPromptInput', {
  description: 'A prompt.',
  fields: (t) => ({
    prompt: t.field({ type: PromptInput, required: true, description: 'What the model reads.' }),
    slots: t.field({ type: [SlotValueInput], description: 'What it is known by.' }),
  }),
});
const SweepRowsInput = builder.inputType('SweepRowsInput', {
  description: 'The prompts.',
  isOneOf: true,
  fields: (t) => ({
    template: t.field({ type: SweepTemplateInput, description: 'A template.' }),
    prompts: t.field({ type: [SweepPromptInput], description: 'Each by itself.' }),
  }),
});
const SweepTargetInput = builder.inputType('SweepTargetInput', {
  description: 'A target, whose texts may have slots.',
  fields: (t) => ({
    token: t.string({ description: 'The token.' }),
    against: t.string({ description: 'Its contrast.' }),
    position: t.int({ description: 'Where it is predicted.' }),
    kind: t.field({ type: TargetKind, description: 'What is explained of it.' }),
  }),
});
const SweepAttributionInput = builder.inputType('SweepAttributionInput', {
  description: 'Attributions.',
  fields: (t) => ({
    methods: t.field({ type: [AttributionMethod], required: true, defaultValue: ['FROZEN'], description: 'Methods.' }),
    options: t.field({ type: AttributionOptionsInput, description: 'Options.' }),
    targets: t.field({ type: [SweepTargetInput], required: true, defaultValue: [{}], description: 'Targets.' }),
    selection: t.field({ type: LogitAttributionSelectionInput, description: 'What is kept.' }),
  }),
});
const SweepCirculationInput = builder.inputType('SweepCirculationInput', {
  description: 'Circulations.',
  fields: (t) => ({ top: t.int({ required: true, defaultValue: 5, description: 'Logit lens.' }) }),
});
const SweepGenerationInput = builder.inputType('SweepGenerationInput', {
  description: 'Generations.',
  fields: (t) => ({ maxTokens: t.int({ required: true, defaultValue: 16, description: 'Tokens.' }) }),
});
const SweepOperationInput = builder.inputType('SweepOperationInput', {
  description: 'An operation.',
  isOneOf: true,
  fields: (t) => ({
    logitAttribution: t.field({ type: SweepAttributionInput, description: 'Attributions.' }),
    circulation: t.field({ type: SweepCirculationInput, description: 'Circulations.' }),
    generation: t.field({ type: SweepGenerationInput, description: 'Generations.' }),
  }),
});
export const SweepInput = builder.inputType('SweepInput', {
  description: 'Operations asked of many prompts.',
  fields: (t) => ({
    experiment: t.string({ required: true, description: 'Name of the experiment.' }),
    rows: t.field({ type: SweepRowsInput, required: true, description: 'The prompts.' }),
    models: t.stringList({ required: true, description: 'The models.' }),
    operations: t.field({ type: [SweepOperationInput], required: true, description: 'What to ask.' }),
  }),
});

type Input = typeof SweepInput.$inferInput;

export function sweepRows(input: Input, _context: Context): { experiment: string; rows: Iterable<PlannedRow> } {
  return { experiment: experimentName('input.experiment', input.experiment), rows: planned(input) };
}

function* promptsOf({ template, prompts }: Input['rows']) {
  if (template) {
    const { prompt, slots, different, sample } = template;
    const request = { prompt, slots, different: different ?? undefined, sample: sample ?? undefined };
    const used = new Set(slots.map(({ name }) => name));
    for (const { text, slots } of new TemplatePrompts(request, used)) yield { prompt: { text }, slots };
  }
  for (const { prompt, slots } of prompts ?? [])
    yield { prompt, slots: Object.fromEntries((slots ?? []).map(({ name, value }) => [name, value])) };
}

function* planned({ rows, models, operations }: Input): Generator<PlannedRow, void> {
  for (const { prompt, slots } of promptsOf(rows))
    for (const model of models)
      for (const { logitAttribution, circulation, generation } of operations) {
        if (circulation)
          yield { slots, request: { operation: 'circulation', input: { model, prompt, ...circulation } } };
        if (generation) yield { slots, request: { operation: 'generation', input: { model, prompt, ...generation } } };
        if (!logitAttribution) continue;
        const { methods, options, targets, selection } = logitAttribution;
        const filled = (text: string | null | undefined) =>
          typeof text === 'string' ? { text: fillTemplate(parseTemplate(text, 'token'), slots) } : undefined;
        for (const method of methods)
          for (const { token, against, position, kind } of targets) {
            const target = { token: filled(token), against: filled(against), position, kind: kind ?? 'LOGIT' };
            const asked = { model, prompt, target, method, options };
            yield { slots, request: { operation: 'logitAttribution', input: asked, selection } };
          }
      }
}
