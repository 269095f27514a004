import { compositionKinds } from '../../explain/circuits/result.ts';
import { circuits as kind } from '../../jobs/kinds/circuits.ts';
import { builder } from '../builder.ts';
import { CompositionKind } from '../circuits/schema.ts';
import { estimable } from './estimable.ts';

const type = builder.inputType('EstimateCircuitsInput', {
  description: '`circuits` that may be asked for.',
  fields: (t) => ({
    model: t.string({ required: true, description: 'As in `Model.name`.' }),
    copying: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether `HeadCircuit.copying` would be selected.',
    }),
    composition: t.field({
      type: [CompositionKind],
      required: true,
      defaultValue: [...compositionKinds],
      description: 'The kinds for which `composition` or `strongest` would be selected. Default: all.',
    }),
  }),
});

export const circuits = estimable({
  operation: 'circuits',
  description: '`circuits`.',
  type,
  modelOf: ({ model }: typeof type.$inferInput) => model,
  ask: (_, { copying, composition }) => ({
    kind,
    request: { copying, composition: compositionKinds.filter((one) => composition.includes(one)) },
  }),
});
