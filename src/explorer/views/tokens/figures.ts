/** The figures of an answer's tokens that are looked at: shares are asked for when they are. */
import { TokenSharesDocument } from '../../../client/generated/graphql.ts';
import type { Explanation } from '../../state/explanation.ts';
import type { Problem } from '../../state/problem.ts';
import type { Answer } from './answer.ts';
import { type Figures, type Measure, type Share, scoresOf, sharesOf } from './measure.ts';

export interface ShownFigures {
  /** Undefined until they are there. */
  readonly figures?: Figures;
  readonly problem?: Problem;
  readonly again?: (() => void) | undefined;
}

export function figuresOf(explanation: Explanation, answer: Answer, measure: Measure): ShownFigures {
  const { tokens, unit } = answer;
  if (measure === 'score') return { figures: scoresOf(tokens, unit, explanation.attribution.largest.value) };
  const shares = explanation.detail(TokenSharesDocument, {}).value;
  if (shares.status === 'failed') return { problem: shares.problem, again: shares.again };
  return shares.status === 'ready' ? { figures: sharesOf(shares.answer.tokens, measure, unit) } : {};
}

/** As the server has them; undefined until they are there. */
export function sharesFor(explanation: Explanation): readonly Share[] | undefined {
  const shares = explanation.detail(TokenSharesDocument, {}).value;
  return shares.status === 'ready' ? shares.answer.tokens : undefined;
}
