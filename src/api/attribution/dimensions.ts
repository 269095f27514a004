import { selectable } from '../../explain/attribution/parts.ts';
import type { AttributionInput, AttributionSelection } from '../../explain/attribution/result.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { Dimensions } from '../expected-size.ts';

/** What the size of an attribution's answer follows from. */
export function dimensionsOf(
  { specification: { layerCount, headCount } }: Pick<CatalogueModel, 'specification'>,
  question: Pick<AttributionInput, 'method' | 'inputIds'>,
  selection: AttributionSelection,
): Dimensions {
  const there = selectable(question, selection);
  return { layerCount, headCount, length: question.inputIds.length, has: (key) => Object.hasOwn(there, key) };
}
