import { citedContext as kind } from '../../jobs/kinds/cited-context.ts';
import { builder } from '../builder.ts';
import { CitedContextInput, citedContextQuestion } from '../cited-context/request.ts';
import { estimable } from './estimable.ts';

const type = builder.inputType('EstimateCitedContextInput', {
  description: 'A `citedContext` that may be asked for.',
  fields: (t) => ({
    input: t.field({
      type: CitedContextInput,
      required: true,
      description:
        "Which passages, and which answer. The model's own is counted as if nothing ended it before `maxTokens`, and prompts without some passages as if they were as long as the whole one.",
    }),
    checked: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether all of `check` would be selected.',
    }),
  }),
});

export const citedContext = estimable({
  operation: 'citedContext',
  description: '`citedContext`.',
  type,
  modelOf: ({ input }: typeof type.$inferInput) => input.model,
  ask: (model, { input, checked }) => ({
    kind,
    request: citedContextQuestion(model, input, { strongest: checked, random: checked }).request,
  }),
});
