import { builder } from '../../builder.ts';
import { type GenerationInput, generationFields, generationQuestion } from '../../generation/request.ts';
import { sweepOperation } from './operation.ts';

const type = builder.inputType('SweepGenerationInput', {
  description: 'An answer to every prompt.',
  fields: (t) => ({
    ...generationFields(t),
    explained: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether its events tell what each token comes from: `TokenAttributed`.',
    }),
  }),
});

export const generation = sweepOperation<typeof type.$inferInput>({
  operation: 'generation',
  description: 'A `generation`.',
  type,
  questions: ({ explained, ...rest }) => [
    {
      count: 1,
      templates: [],
      rows: (model, { prompt }) => [
        { operation: 'generation', input: { model, prompt, ...rest }, selection: explained },
      ],
    },
  ],
  ask: (model, { input, selection }) => ({
    kind: 'GENERATION',
    input: generationQuestion(model, input as unknown as typeof GenerationInput.$inferInput, selection === true),
  }),
});
