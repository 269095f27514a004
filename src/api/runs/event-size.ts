/** How large the events of a run are, as far as that is known before they are read. */
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { Question, RunRecord } from '../../runs/types.ts';
import { dimensionsOf as attributionDimensions } from '../attribution/dimensions.ts';
import { dimensionsOf as circulationDimensions } from '../circulation/dimensions.ts';
import { type Dimensions, expectedSizeOf } from '../expected-size.ts';
import { dimensionsOf as generationDimensions } from '../generation/dimensions.ts';
import type { SelectedField } from '../selected-fields.ts';
import { eventTypesOf } from './run-event.ts';

/** Bytes of the largest event of a run. @param fields selected of its events @param selection what they need of an attribution */
export function eventSize(
  fields: readonly SelectedField[],
  model: CatalogueModel,
  { question }: Pick<RunRecord, 'question'>,
  selection: AttributionSelection,
): number {
  const dimensions = dimensionsOf(model, question, selection);
  return Math.max(...eventTypesOf(question.kind).map((type) => expectedSizeOf(fields, dimensions, type)));
}

function dimensionsOf(model: CatalogueModel, question: Question, selection: AttributionSelection): Dimensions {
  switch (question.kind) {
    case 'CIRCULATION':
      return circulationDimensions(model, question.input);
    case 'GENERATION':
      return generationDimensions(model, question.input);
    case 'LOGIT_ATTRIBUTION':
      return attributionDimensions(model, question.input, selection);
  }
}

/** How many events of a run may be as large: those of the blocks or tokens, beside which the others are small. */
export function mostLarge(
  { specification: { layerCount } }: Pick<CatalogueModel, 'specification'>,
  { question }: Pick<RunRecord, 'question'>,
): number {
  switch (question.kind) {
    case 'CIRCULATION':
      return question.input.layers;
    case 'GENERATION':
      return question.input.maxTokens;
    case 'LOGIT_ATTRIBUTION':
      return 2 * layerCount;
  }
}
