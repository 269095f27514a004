import type { CirculationRequest } from '../../explain/circulation/event.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { Dimensions } from '../expected-size.ts';

/** What the size of an event of a circulation follows from. */
export function dimensionsOf(
  { specification: { headCount } }: Pick<CatalogueModel, 'specification'>,
  { inputIds, track, layers, top }: CirculationRequest,
): Dimensions {
  return { layerCount: layers, headCount, length: inputIds.length, tracked: track.length, lens: top };
}
