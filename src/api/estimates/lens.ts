import { inputError, requireInBounds } from '../../errors.ts';
import { lens as kind } from '../../jobs/kinds/lens.ts';
import { builder } from '../builder.ts';
import { LensInput, lensQuestion, longestTop } from '../lens/request.ts';
import { estimable } from './estimable.ts';

const LensSelectionInput = builder.inputType('LensSelectionInput', {
  description: 'What would be selected of a `Lens`.',
  fields: (t) => ({
    embedding: t.boolean({ required: true, defaultValue: false, description: '`embedding`.' }),
    afterAttention: t.boolean({ required: true, defaultValue: false, description: '`afterAttention` of the blocks.' }),
    afterBlock: t.boolean({ required: true, defaultValue: true, description: '`afterBlock` of the blocks.' }),
    top: t.int({ required: true, defaultValue: 5, description: '`first` of `top`.' }),
    tokens: t.boolean({ required: true, defaultValue: true, description: '`tokens` of each reading.' }),
    entropy: t.boolean({ required: true, defaultValue: true, description: '`entropy`.' }),
  }),
});

const type = builder.inputType('EstimateLensInput', {
  description: 'A `lens` that may be asked for.',
  fields: (t) => ({
    input: t.field({ type: LensInput, required: true, description: 'What would be read, and where.' }),
    selection: t.field({
      type: LensSelectionInput,
      required: true,
      defaultValue: { embedding: false, afterAttention: false, afterBlock: true, top: 5, tokens: true, entropy: true },
      description: 'What would be selected. Default: every figure after each block.',
    }),
  }),
});

export const lens = estimable({
  operation: 'lens',
  description: '`lens`.',
  type,
  modelOf: ({ input }: typeof type.$inferInput) => input.model,
  ask: (model, { input, selection }) => {
    requireInBounds('selection.top', selection.top, 0, longestTop);
    if (!(selection.embedding || selection.afterAttention || selection.afterBlock))
      throw inputError('selection', 'No depth is selected: `embedding`, `afterAttention` or `afterBlock`');
    return { kind, request: lensQuestion(model, input, selection) };
  },
});
