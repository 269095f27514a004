import { prediction as kind } from '../../jobs/kinds/prediction.ts';
import { builder } from '../builder.ts';
import { candidatesQuestion, TargetCandidatesInput } from '../models/target-candidates.ts';
import { estimable } from './estimable.ts';

const type = builder.inputType('EstimateTargetCandidatesInput', {
  description: '`targetCandidates` that may be asked for, with a figure selected: otherwise the model is not run.',
  fields: (t) => ({
    input: t.field({
      type: TargetCandidatesInput,
      required: true,
      description: 'Which text, and where it would be predicted.',
    }),
  }),
});

export const targetCandidates = estimable({
  operation: 'targetCandidates',
  description: '`targetCandidates`.',
  type,
  modelOf: ({ input }: typeof type.$inferInput) => input.model,
  ask: (model, { input }) => ({ kind, request: candidatesQuestion(model, input, 1).request }),
});
