/** A text in a slot, as it is given. */
import { builder } from '../builder.ts';

export const SlotValueInput = builder.inputType('SlotValueInput', {
  description: 'A text in a slot of a template.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The slot.' }),
    value: t.string({ required: true, description: 'What stands in it.' }),
  }),
});
