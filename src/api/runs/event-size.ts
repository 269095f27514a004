/** How large the events of a run are, as far as that is known before they are read. */
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { RunRecord } from '../../runs/types.ts';
import { dimensionsOf as attributionDimensions } from '../attribution/dimensions.ts';
import { dimensionsOf as circulationDimensions } from '../circulation/dimensions.ts';
import { type Dimensions, expectedSizeOf } from '../expected-size.ts';
import type { SelectedField } from '../selected-fields.ts';
import { eventTypesOf } from './run-event.ts';

/** Bytes of the largest event of a run. @param fields selected of its events @param selection what they need of an attribution */
export function eventSize(
  fields: readonly SelectedField[],
  model: CatalogueModel,
  { question }: Pick<RunRecord, 'question'>,
  selection: AttributionSelection,
): number {
  const dimensions: Dimensions =
    question.kind === 'CIRCULATION'
      ? circulationDimensions(model, question.input)
      : attributionDimensions(model, question.input, selection);
  return Math.max(...eventTypesOf(question.kind).map((type) => expectedSizeOf(fields, dimensions, type)));
}

/** How many events of a run may be as large: those of the blocks, beside which the others are small. */
export function mostLarge(
  { specification: { layerCount } }: Pick<CatalogueModel, 'specification'>,
  { question }: Pick<RunRecord, 'question'>,
): number {
  return question.kind === 'CIRCULATION' ? question.input.layers : 2 * layerCount;
}
