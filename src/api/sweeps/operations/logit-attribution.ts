import { within } from '../../../errors.ts';
import { selectable } from '../../../explain/attribution/parts.ts';
import {
  AttributionMethod,
  AttributionOptionsInput,
  attributionQuestion,
  type LogitAttributionInput,
  mostTargets,
  requireTargets,
} from '../../attribution/request.ts';
import { builder } from '../../builder.ts';
import { LogitAttributionSelectionInput, selectionFrom } from '../../estimates/attribution-selection.ts';
import { requireDistinct, sweepOperation } from './operation.ts';
import { SweepTargetInput, sweptTarget } from './target.ts';

const type = builder.inputType('SweepAttributionInput', {
  description: 'Logit attributions of every prompt: one for each method and target.',
  fields: (t) => ({
    methods: t.field({
      type: [AttributionMethod],
      required: true,
      defaultValue: ['FROZEN'],
      description: 'How each target is traced.',
    }),
    options: t.field({
      type: AttributionOptionsInput,
      description: 'What some methods can be told; each is told all.',
    }),
    targets: t.field({
      type: [SweepTargetInput],
      required: true,
      defaultValue: [{}],
      description: `What is explained of each prompt, each by itself; 1 to ${mostTargets}. Default: the model's top choice.`,
    }),
    selection: t.field({
      type: LogitAttributionSelectionInput,
      description: 'What is computed and kept with each run beside its tokens. Default: nothing.',
    }),
  }),
});

export const logitAttribution = sweepOperation<typeof type.$inferInput>({
  operation: 'logitAttribution',
  description: 'A `logitAttribution` for each method and target.',
  type,
  questions: ({ methods, options, targets, selection }) => {
    requireDistinct('methods', methods);
    requireTargets(targets.length);
    selectionFrom(selection);
    const swept = targets.map((target, index) => sweptTarget(target, `targets.${index}`));
    return methods.map((method) => ({
      count: swept.length,
      templates: swept.flatMap(({ templates }) => templates),
      rows: (model, { prompt, slots }) =>
        swept.map(({ filled }) => {
          const target = filled(slots);
          const input = { model, prompt, ...(target && { target }), method, ...(options && { options }) };
          return { operation: 'logitAttribution', input, ...(selection && { selection }) };
        }),
    }));
  },
  ask: (model, { input, selection }) => {
    const questions = attributionQuestion(model, input as unknown as typeof LogitAttributionInput.$inferInput);
    const asked = within('input', () => selectionFrom(selection as typeof LogitAttributionSelectionInput.$inferInput));
    return { kind: 'LOGIT_ATTRIBUTION', questions, selection: selectable(questions, asked) };
  },
});
