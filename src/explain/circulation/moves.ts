import type { CirculationSummaryResult, TokenCirculationResult } from './event.ts';

/**
 * Arrakis's direct moves: what was written to the token's stream, over its whole movement; block 0 is not counted.
 * @param blocks of one token, one a block
 */
export function directMoves(
  blocks: readonly Pick<TokenCirculationResult, 'movement' | 'attentionNorm' | 'mlpNorm'>[],
): Pick<CirculationSummaryResult, 'directMoves' | 'totalMovement'> {
  const totalMovement = blocks.slice(1).reduce((sum, { movement }) => sum + movement, 0);
  return {
    directMoves: blocks.map(({ attentionNorm, mlpNorm }, layer) =>
      layer === 0 || totalMovement === 0 ? 0 : (attentionNorm + mlpNorm) / totalMovement,
    ),
    totalMovement,
  };
}
