import { selectable } from '../../explain/attribution/parts.ts';
import type { AttributionRequest } from '../../explain/attribution/result.ts';
import { attribution } from '../../jobs/kinds/attribution.ts';
import { attributionQuestion, LogitAttributionInput } from '../attribution/request.ts';
import { builder } from '../builder.ts';
import { LogitAttributionSelectionInput, selectionFrom } from './attribution-selection.ts';
import { type Asked, estimable } from './estimable.ts';

const type = builder.inputType('EstimateLogitAttributionInput', {
  description: 'A `logitAttribution` that may be asked for.',
  fields: (t) => ({
    input: t.field({ type: LogitAttributionInput, required: true, description: 'Which logit would be explained.' }),
    selection: t.field({
      type: LogitAttributionSelectionInput,
      description: 'What would be selected. Default: the tokens alone.',
    }),
  }),
});

export const logitAttribution = estimable({
  operation: 'logitAttribution',
  description: 'A `logitAttribution`, or `startLogitAttribution`.',
  type,
  modelOf: ({ input }: typeof type.$inferInput) => input.model,
  ask: (model, { input, selection }) => attributionAsked(attributionQuestion(model, input), selection),
});

/** The job for what there is of a selection with the method and the prompt. @throws TributaryError PROMPT */
export function attributionAsked(
  question: ReturnType<typeof attributionQuestion>,
  selection: Parameters<typeof selectionFrom>[0],
): Asked<AttributionRequest> {
  return { kind: attribution, request: { ...question, selection: selectable(question, selectionFrom(selection)) } };
}
