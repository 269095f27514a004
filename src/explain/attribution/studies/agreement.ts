import { occlusion } from '../methods/occlusion.ts';
import { rankCorrelation } from '../rank-correlation.ts';
import type { AttributionResult } from '../result.ts';
import type { Study } from './study.ts';

/** Spearman's ρ of the method's token scores with OCCLUSION's, over the tokens that can matter. */
export const agreement: Study = {
  computes: (grain) => grain === 'agreement',
  graphs: occlusion.graphs,
  needs: {},
  async run(model, { inputIds, target, method, options }, _selection, { tokens }, gate) {
    const n = target.position + 1;
    const occluded = async () => {
      const { baseline = null } = options ?? {};
      const request = {
        inputIds,
        targets: [target],
        method: 'OCCLUSION',
        options: { baseline },
        selection: {},
      } as const;
      const [answer] = await occlusion.attribute(model, request, gate);
      return (answer as AttributionResult).tokens;
    };
    const reference = method === 'OCCLUSION' ? tokens : await occluded();
    return { agreement: rankCorrelation(tokens.subarray(0, n), reference.subarray(0, n)) };
  },
};
