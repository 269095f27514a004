/** The tokens' scores to take along. */
import { LogitAttributionDocument, TokenSharesDocument } from '../../../client/generated/graphql.ts';
import { targetWords } from '../../format/target.ts';
import type { Explanation } from '../../state/explanation.ts';
import type { Takeaway } from '../../takeaway/takeaway.ts';
import type { Answer } from './answer.ts';
import { sharesFor } from './figures.ts';
import type { StripRow } from './measure.ts';
import { tokensPicture } from './picture.ts';
import { predictionOf } from './prediction.ts';
import { tokenRows, tokenTable } from './rows.ts';
import { toldOf } from './told.ts';

export function tokensTakeaway(explanation: Explanation, answer: Answer, row: StripRow): Takeaway {
  const tokens = answer.tokens.map(({ token }) => token);
  return {
    name: 'tokens',
    picture: (palette) =>
      tokensPicture(
        {
          title: `Which tokens speak for ${targetWords(answer.target).name}, by ${row.label}`,
          tokens,
          rows: [row],
          prediction: predictionOf(toldOf(explanation)),
          answers: [answer],
          tracked: explanation.tracked.value,
        },
        palette,
      ),
    tables: () => [tokenTable(tokenRows([{ answer, shares: sharesFor(explanation) }]), [answer.unit])],
    asked: () => [
      { document: LogitAttributionDocument, variables: { input: explanation.question } },
      { document: TokenSharesDocument, variables: { input: explanation.question } },
    ],
  };
}
