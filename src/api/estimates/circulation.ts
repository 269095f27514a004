import { circulationFigures } from '../../explain/circulation/event.ts';
import { answering } from '../../explain/circulation/figures.ts';
import { circulation as kind } from '../../jobs/kinds/circulation.ts';
import { builder } from '../builder.ts';
import { CirculationFigure, CirculationInput, circulationQuestion } from '../circulation/request.ts';
import { estimable } from './estimable.ts';

const type = builder.inputType('EstimateCirculationInput', {
  description: 'A `circulation` that may be asked for.',
  fields: (t) => ({
    input: t.field({
      type: CirculationInput,
      required: true,
      description: 'Which tokens would be followed through which model.',
    }),
    figures: t.field({
      type: [CirculationFigure],
      required: true,
      defaultValue: [...circulationFigures],
      description: 'What would be selected of its events beside what every circulation tells. Default: everything.',
    }),
  }),
});

export const circulation = estimable({
  operation: 'circulation',
  description: 'A `circulation`, or `startCirculation`.',
  type,
  modelOf: ({ input }: typeof type.$inferInput) => input.model,
  ask: (model, { input, figures }) => ({ kind, request: answering(circulationQuestion(model, input, figures))[0] }),
});
