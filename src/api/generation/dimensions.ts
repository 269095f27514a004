import type { GenerationRequest } from '../../explain/generation/event.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { Dimensions } from '../expected-size.ts';

/** What the size of an event of a generation follows from. */
export function dimensionsOf(
  { specification: { layerCount, headCount } }: Pick<CatalogueModel, 'specification'>,
  { inputIds, maxTokens, top }: GenerationRequest,
): Dimensions {
  return { layerCount, headCount, length: inputIds.length + maxTokens, lens: top };
}
