/** How much a head copies, from the eigenvalues of its way from token to logit. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { TributaryError } from '../../errors.ts';
import { at, Rows } from '../../inference/rows.ts';

/**
 * Σλ / Σ|λ| over the eigenvalues of a head's copying matrix: 1 where every token only raises itself, −1 where it only
 * lowers itself. (*A Mathematical Framework for Transformer Circuits*, "Detecting copying behavior".) The eigenvalues of
 * a real matrix come in conjugate pairs, so their sum is real.
 * @param matrix [size, size]
 * @returns 0 for a head that writes nothing
 * @throws TributaryError CHECKPOINT when the weights are not finite: no eigenvalues would ever be found
 */
export function copyingScore(matrix: Float32Array, size: number): number {
  const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!Number.isFinite(largest))
    throw new TributaryError('CHECKPOINT', 'The weights of an attention head, multiplied, are not finite numbers');
  if (largest === 0) return 0;
  const rows = Array.from(new Rows(matrix, size), (row) => Float64Array.from(row, (value) => value / largest));
  const { realEigenvalues: real, imaginaryEigenvalues: imaginary } = new EigenvalueDecomposition(new Matrix(rows));
  const sum = real.reduce((total, value) => total + value, 0);
  const magnitude = real.reduce((total, value, index) => total + Math.hypot(value, at(imaginary, index)), 0);
  return magnitude === 0 ? 0 : sum / magnitude;
}
