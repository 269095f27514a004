import { inputError } from '../../errors.ts';
import { activations as kind } from '../../jobs/kinds/activations.ts';
import { hookNames } from '../../onnx/hooks.ts';
import { ActivationsInput, activationsQuestion } from '../activations/request.ts';
import { builder } from '../builder.ts';
import { estimable } from './estimable.ts';

const ends = ['finalNormScale', 'logits'] as const;

const ActivationsSelectionInput = builder.inputType('ActivationsSelectionInput', {
  description: 'What would be selected of `Activations`: of its layers, and of the end of the model.',
  fields: (t) =>
    Object.fromEntries(
      [...hookNames, ...ends].map((name) => [
        name,
        t.boolean({ required: true, defaultValue: false, description: `\`${name}\`.` }),
      ]),
    ),
});

const type = builder.inputType('EstimateActivationsInput', {
  description: '`activations` that may be asked for.',
  fields: (t) => ({
    input: t.field({ type: ActivationsInput, required: true, description: 'Where to look.' }),
    selection: t.field({ type: ActivationsSelectionInput, required: true, description: 'What would be selected.' }),
  }),
});

export const activations = estimable({
  operation: 'activations',
  description: '`activations`.',
  type,
  modelOf: ({ input }: typeof type.$inferInput) => input.model,
  ask: (model, { input, selection }) => {
    const selected = new Set(Object.keys(selection).filter((name) => selection[name as keyof typeof selection]));
    if (selected.size === 0) throw inputError('selection', 'Nothing is selected; name at least one quantity');
    const names = hookNames.filter((name) => selected.has(name));
    const end = { scale: selected.has('finalNormScale'), logits: selected.has('logits') };
    return { kind, request: activationsQuestion(model, input, names, end) };
  },
});
