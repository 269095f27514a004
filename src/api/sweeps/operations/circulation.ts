import {
  type CirculationFigure as CirculationFigureName,
  circulationFigures,
} from '../../../explain/circulation/event.ts';
import { builder } from '../../builder.ts';
import {
  CirculationFigure,
  type CirculationInput,
  circulationFields,
  circulationQuestion,
} from '../../circulation/request.ts';
import { sweepOperation } from './operation.ts';
import { SweepTargetInput, sweptTarget } from './target.ts';

const type = builder.inputType('SweepCirculationInput', {
  description: 'A circulation of every prompt.',
  fields: (t) => ({
    ...circulationFields(t, SweepTargetInput),
    figures: t.field({
      type: [CirculationFigure],
      required: true,
      defaultValue: [...circulationFigures],
      description: 'What its events are asked for, beside what every circulation tells. Default: everything.',
    }),
  }),
});

export const circulation = sweepOperation<typeof type.$inferInput>({
  operation: 'circulation',
  description: 'A `circulation`.',
  type,
  questions: ({ target, figures, ...rest }) => {
    const swept = target && sweptTarget(target, 'target');
    return [
      {
        count: 1,
        templates: swept?.templates ?? [],
        rows: (model, { prompt, slots }) => {
          const filled = swept?.filled(slots);
          const input = { model, prompt, ...rest, ...(filled && { target: filled }) };
          return [{ operation: 'circulation', input, selection: figures }];
        },
      },
    ];
  },
  ask: (model, { input, selection }) => ({
    kind: 'CIRCULATION',
    input: circulationQuestion(
      model,
      input as unknown as typeof CirculationInput.$inferInput,
      selection as readonly CirculationFigureName[],
    ),
  }),
});
