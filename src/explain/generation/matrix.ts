/** What every token of an answer comes from, as one matrix (mathematics: whole answers). */
import type { TensorResult } from '../attribution/result.ts';

/**
 * R[m, s]: the score of the token at position s for the token m of the answer, 0 from that token on.
 * @param rows scores of the tokens before each token of the answer; row m has `promptLength` + m of them
 * @returns [answer token, position of prompt and answer]
 */
export function answerMatrix(rows: readonly Float32Array[], promptLength: number): TensorResult {
  const width = promptLength + rows.length;
  const values = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) values.set(row, index * width);
  return { shape: [rows.length, width], values };
}
