import { floatsOf, type Tensor } from '../../../inference/tensor.ts';
import { type Grain, throughBlocks } from './grain.ts';
import { withZeros } from './zeros.ts';

declare module '../result.ts' {
  interface Grains {
    /** ⟨g^l_t, x^l_t⟩, [depth, position]: before every block, and after the last. */
    residuals: TensorResult;
  }
}

/** ⟨g^l_t, x^l_t⟩ of every position at every depth: with the biases from there on each depth sums to the logit. */
export const residuals: Grain = {
  name: 'residuals',
  version: 1,
  examples: { residuals: 1 },
  description: 'What the residual stream carries to the logit at each position and depth.',
  exists: throughBlocks,
  saved: () => [],
  cost: (model, length) => model.readouts(length, 1),
  size: (_key, model, length) => (model.layerCount + 1) * length,
  reader(model) {
    const rows: Float32Array[] = [];
    const scores = async (grad: Tensor | undefined, x: Tensor | undefined) =>
      floatsOf(await model.run('tokenScores', { grad: grad as Tensor, x: x as Tensor }), 'scores');
    return {
      reversed: () => [],
      async read({ tensors, gradAfter, post }) {
        if (rows.length === 0) rows.push(await scores(gradAfter, post));
        rows.unshift(await scores(tensors.grad_before, tensors.x));
      },
      result: (length) => {
        const shape = [rows.length, rows[0]?.length ?? 0];
        const values = Float32Array.from(rows.flatMap((row) => Array.from(row)));
        return { residuals: withZeros({ shape, values }, [rows.length, length]) };
      },
    };
  },
};
