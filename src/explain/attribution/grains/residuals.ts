import { floatsOf, type Tensor } from '../../../inference/tensor.ts';
import type { Grain } from './grain.ts';

/** ⟨g^l_t, x^l_t⟩ of every position at every depth: with the biases from there on each depth sums to the logit. */
export const residuals: Grain = (model, { residuals: selected }) => {
  if (!selected) return undefined;
  const rows: Float32Array[] = [];
  const scores = async (grad: Tensor | undefined, x: Tensor | undefined) =>
    floatsOf(await model.run('tokenScores', { grad: grad as Tensor, x: x as Tensor }), 'scores');
  return {
    saved: () => [],
    reversed: () => [],
    async read({ tensors, gradAfter, post }) {
      if (rows.length === 0) rows.push(await scores(gradAfter, post));
      rows.unshift(await scores(tensors.grad_before, tensors.x));
    },
    result: () => ({
      residuals: {
        shape: [rows.length, rows[0]?.length ?? 0],
        values: Float32Array.from(rows.flatMap((row) => Array.from(row))),
      },
    }),
  };
};
