import { nameOf } from '../keys.ts';
import type { AttributionSelection } from '../result.ts';
import { ablations } from './ablations.ts';
import { agreement } from './agreement.ts';
import { faithfulness } from './faithfulness.ts';
import { paths } from './paths.ts';
import type { Study } from './study.ts';

/** Every study that there is. */
export const studies: readonly Study[] = [faithfulness, agreement, ablations, paths];

/** The studies that a selection asks for, each with its own part of it. */
export function studiesIn(selection: AttributionSelection): { study: Study; selection: AttributionSelection }[] {
  return studies.flatMap((study) => {
    const own = Object.fromEntries(Object.entries(selection).filter(([key]) => nameOf(key) === study.name));
    return Object.keys(own).length > 0 ? [{ study, selection: own }] : [];
  });
}
