/** Two answers side by side, to take along. */
import { LogitAttributionDocument, TokenSharesDocument } from '../../../client/generated/graphql.ts';
import type { Palette } from '../../drawing/palette.ts';
import type { Scene } from '../../drawing/scene.ts';
import { stacked } from '../../drawing/stacked.ts';
import { targetWords } from '../../format/target.ts';
import type { Takeaway } from '../../takeaway/takeaway.ts';
import { pairRows } from '../tokens/alignment.ts';
import { sharesFor } from '../tokens/figures.ts';
import { tokensPicture } from '../tokens/picture.ts';
import { tokenRows, tokenTable } from '../tokens/rows.ts';
import type { Side } from './side.ts';

/** @param groups what stands under one another token by token: both, or each alone */
export function comparisonTakeaway(groups: readonly (readonly Side[])[]): Takeaway {
  return {
    name: 'tokens-side-by-side',
    picture: (palette) =>
      stacked(
        groups.map((sides) => ({ scene: picture(sides, palette) })),
        palette,
      ),
    tables: () =>
      groups.map((sides) => {
        const sources = sides.flatMap(({ answer, explanation }) =>
          answer ? { answer, shares: sharesFor(explanation) } : [],
        );
        const table = tokenTable(
          tokenRows(sources),
          sources.map(({ answer }) => answer.unit),
        );
        return groups.length === 1 ? table : { ...table, name: `tokens ${sides[0]?.name}` };
      }),
    asked: () =>
      groups.flat().flatMap(({ explanation: { question: input } }) => [
        { document: LogitAttributionDocument, variables: { input } },
        { document: TokenSharesDocument, variables: { input } },
      ]),
  };
}

function picture(sides: readonly Side[], palette: Palette): Scene {
  const [one, other] = sides;
  if (!one?.tokens) return { width: 0, height: 0, background: palette.background, marks: [] };
  const own = { label: one.name, figures: one.shown.figures };
  const aims = new Set(sides.flatMap(({ answer }) => (answer ? targetWords(answer.target).name : [])));
  const aim = [...aims].join(' and for ');
  return tokensPicture(
    {
      title: `Which tokens speak for ${aim}, by ${sides.map(({ name }) => name).join(' and ')}`,
      tokens: one.tokens,
      rows: other ? pairRows(own, { label: other.name, figures: other.shown.figures }) : [own],
      prediction: one.prediction,
      answers: sides.flatMap(({ answer }) => answer ?? []),
      tracked: one.explanation.tracked.value,
    },
    palette,
  );
}
