import { generation as kind } from '../../jobs/kinds/generation.ts';
import { builder } from '../builder.ts';
import { GenerationInput, generationQuestion } from '../generation/request.ts';
import { estimable } from './estimable.ts';

const type = builder.inputType('EstimateGenerationInput', {
  description: 'A `generation` that may be asked for.',
  fields: (t) => ({
    input: t.field({
      type: GenerationInput,
      required: true,
      description: 'What the model would go on from. It is counted as if nothing ended the answer before `maxTokens`.',
    }),
    explained: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether `TokenAttributed` would be selected.',
    }),
  }),
});

export const generation = estimable({
  operation: 'generation',
  description: 'A `generation`, or `startGeneration`.',
  type,
  modelOf: ({ input }: typeof type.$inferInput) => input.model,
  ask: (model, { input, explained }) => ({ kind, request: generationQuestion(model, input, explained) }),
});
