/** An answer to take along: the picture of its matrix, its tokens, its rows, and how it was asked for. */
import { AnswerToPromptDocument, GenerationDocument } from '../../../client/generated/graphql.ts';
import { methodName } from '../../format/method.ts';
import type { Answer } from '../../state/answer.ts';
import type { Asked, Table, Takeaway } from '../../takeaway/takeaway.ts';
import type { Written } from './figures.ts';
import { matrixLayout } from './matrix-layout.ts';
import { matrixPicture } from './matrix-scene.ts';
import type { ShownAnswer } from './shown.ts';
import { shareUnit, type Traced } from './to-prompt.ts';

/** Of the picture, in CSS pixels. */
const width = 1000;

export function answerTakeaway(answer: Answer, shown: ShownAnswer): Takeaway {
  const { written, text, method, unit, tracing } = shown;
  if (tracing?.status === 'ready') return tracedTakeaway(answer, shown, tracing.traced);
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
    tables: () => [tokenTable(written, unit), scoreTable(written, unit)],
    asked: () => [{ document: GenerationDocument as Asked['document'], variables: { input, explained } }],
  };
}

function tracedTakeaway(answer: Answer, { written, text, method }: ShownAnswer, traced: Traced): Takeaway {
  return {
    name: 'answer-to-prompt',
    picture: (palette) =>
      matrixPicture({
        title: `What in the prompt each token of the answer comes from, by ${methodName(method)}`,
        unit: shareUnit,
        written: { ...written, rows: traced.rows },
        text,
        layout: matrixLayout(width, written.answer.length, written.prompt.length),
        largest: traced.largest,
        palette,
      }),
    tables: () => [untracedTable(written, traced), shareTable(written, traced)],
    asked: () => [
      { document: AnswerToPromptDocument as Asked['document'], variables: { id: answer.completed.value?.run.id } },
    ],
  };
}

/** A row for each token of the answer. */
function untracedTable({ answer }: Written, { untraced }: Traced): Table {
  return {
    name: 'tokens',
    columns: ['index', 'position', 'token id', 'text', 'untraced (of 1)'],
    rows: answer.map(({ token: { position, tokenId, text } }, index) => [
      index,
      position,
      tokenId,
      text,
      untraced[index] ?? null,
    ]),
  };
}

/** A row for each share; those of the whole answer at the end. */
function shareTable({ prompt, answer }: Written, { rows, whole }: Traced): Table {
  const tableRows = (index: number | null, token: string, shares: readonly number[]) =>
    shares.map((share, position) => [index, token, position, prompt[position]?.text ?? '', share]);
  return {
    name: 'shares',
    columns: ['index', 'token', 'from position', 'from token', 'share (of 1)'],
    rows: [
      ...rows.flatMap(({ scores }, index) => tableRows(index, answer[index]?.token.text ?? '', scores)),
      ...tableRows(null, 'whole answer', whole),
    ],
  };
}

/** A row for each token of the answer. */
export function tokenTable({ answer, rows }: Written, unit: string): Table {
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
export function scoreTable({ prompt, answer, rows }: Written, unit: string): Table {
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
