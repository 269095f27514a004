/** Scores as parts of a whole: what a picture is coloured by. */

/**
 * score / Σ|score| of each token: the magnitudes sum to 1, the signs stay. Null where all scores are 0.
 * @param isLeftOut positions that are not in the sum, and have null
 */
export function sharesOf(
  scores: Float32Array,
  isLeftOut: (position: number) => boolean = () => false,
): (number | null)[] {
  const kept = Array.from(scores, (score, position) => (isLeftOut(position) ? null : score));
  const sum = kept.reduce<number>((total, score) => total + Math.abs(score ?? 0), 0);
  return kept.map((score) => (score === null || sum === 0 ? null : score / sum));
}
