import type { AttributionSelection } from '../result.ts';
import { ablation } from './ablation.ts';
import { agreement } from './agreement.ts';
import { faithfulness } from './faithfulness.ts';
import { paths } from './paths.ts';
import type { Study } from './study.ts';

const studies: readonly Study[] = [faithfulness, agreement, ablation, paths];

/** The studies that a selection asks for, each with its own part of it. */
export function studiesOf(selection: AttributionSelection): { study: Study; selection: AttributionSelection }[] {
  return studies.flatMap((study) => {
    const own = Object.fromEntries(
      Object.entries(selection).filter(([grain]) => study.computes(grain as keyof AttributionSelection)),
    );
    return Object.keys(own).length > 0 ? [{ study, selection: own }] : [];
  });
}
