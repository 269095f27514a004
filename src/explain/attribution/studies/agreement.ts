import { occlusion } from '../methods/occlusion.ts';
import { rankCorrelation } from '../rank-correlation.ts';
import type { AttributionResult } from '../result.ts';
import type { Study } from './study.ts';

declare module '../result.ts' {
  interface Grains {
    /** Spearman's ρ with OCCLUSION's token scores; null where one of them has no order. */
    agreement: number | null;
  }
}

/** Spearman's ρ of the method's token scores with OCCLUSION's, over the tokens that can matter. */
export const agreement: Study = {
  name: 'agreement',
  version: 1,
  examples: { agreement: 1 },
  description: "Spearman's rank correlation of the token scores with those of OCCLUSION.",
  exists: () => true,
  graphs: occlusion.graphs,
  demand(model, { length, end, reads }) {
    const span = { from: end - reads + 1, tokens: Array<number>(reads).fill(0) };
    const targets = [{ position: end - 1, token: 0, against: null, ...(reads > 1 && { span }) }];
    return occlusion.demand(model, { inputIds: Array(length).fill(0), targets, method: 'OCCLUSION', selection: {} });
  },
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
      const [answer] = await occlusion.run(model, request, gate, () => undefined);
      return (answer as AttributionResult).tokens;
    };
    const reference = method === 'OCCLUSION' ? tokens : await occluded();
    return { agreement: rankCorrelation(tokens.subarray(0, n), reference.subarray(0, n)) };
  },
};
