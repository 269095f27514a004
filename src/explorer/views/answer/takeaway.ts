/** An answer to take along: the picture of its matrix, its tokens, its rows, and how it was asked for. */
import { GenerationDocument } from '../../../client/generated/graphql.ts';
import { methodName } from '../../format/method.ts';
import type { Answer } from '../../state/answer.ts';
import type { Asked, Table, Takeaway } from '../../takeaway/takeaway.ts';
import type { Written } from './figures.ts';
import { matrixLayout } from './matrix-layout.ts';
import { matrixPicture } from './matrix-scene.ts';
import { type ShownAnswer, unit } from './shown.ts';

/** Of the picture, in CSS pixels. */
const width = 1000;

export function answerTakeaway(answer: Answer, { written, text, method }: ShownAnswer): Takeaway {
  const { input, explained } = answer.asked;
  return {
    name: 'answer',
    picture: (palette) =>
      matrixPicture({
        title: `What each token of the answer comes from, by ${methodName(method)}`,
        unit,
        written,
        text,
        layout: matrixLayout(width, written.answer.length, Math.max(1, text.length - 1)),
        largest: answer.largest.value,
        palette,
      }),
    tables: () => [tokenTable(written), scoreTable(written)],
    asked: () => [{ document: GenerationDocument as Asked['document'], variables: { input, explained } }],
  };
}

/** A row for each token of the answer. */
export function tokenTable({ answer, rows }: Written): Table {
  return {
    name: 'tokens',
    columns: [
      'index',
      'position',
      'token id',
      'text',
      'probability',
      `logit (${unit})`,
      'rank',
      'entropy (nats)',
      `bias (${unit})`,
      `sum (${unit})`,
      `gap (${unit})`,
      'adds up',
    ],
    rows: answer.map(({ token, probability, logit, rank, entropy }, index) => {
      const row = rows[index];
      const { sum = null, gap = null, passed } = row?.audit ?? {};
      const told = [token.position, token.tokenId, token.text, probability, logit, rank, entropy];
      return [index, ...told, row?.bias ?? null, sum, gap, passed === undefined ? null : String(passed)];
    }),
  };
}

/** A row for each score. */
export function scoreTable({ prompt, answer, rows }: Written): Table {
  const text = [...prompt, ...answer.map(({ token }) => token)];
  return {
    name: 'scores',
    columns: ['index', 'token', 'from position', 'from token', 'from', `score (${unit})`],
    rows: rows.flatMap((row, index) =>
      (row?.scores ?? []).map((score, position) => [
        index,
        answer[index]?.token.text ?? '',
        position,
        text[position]?.text ?? '',
        position < prompt.length ? 'prompt' : 'answer',
        score,
      ]),
    ),
  };
}
