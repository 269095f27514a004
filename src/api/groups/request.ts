/** How the tokens of a text are put together: what a client sends, as groups. */
import { inputError, TributaryError, within } from '../../errors.ts';
import type { TokenGroup } from '../../explain/groups/group.ts';
import { type LaidText, layText } from '../../explain/groups/laid-text.ts';
import { segmentations, segmentGroups } from '../../explain/groups/segments.ts';
import { type Span, spanGroups } from '../../explain/groups/spans.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { RunRecord } from '../../runs/types.ts';
import { builder, readingComplexity } from '../builder.ts';

export const GroupBy = builder.enumType('GroupBy', {
  description:
    'How tokens are put together. A group is a stretch of positions, and each position is in one. Of segments of a text a token belongs to the one that it begins in, and a special token is a group by itself.',
  values: {
    SPANS: { description: 'By the spans that are named with it; each stretch between them is a group too.' },
    MESSAGES: {
      description:
        'By the messages of a chat, each with its role; each stretch between them is a group too, and an answer is one, of the assistant.',
    },
    WORDS: { description: segmentations.WORDS.description },
    LINES: { description: segmentations.LINES.description },
    SENTENCES: { description: segmentations.SENTENCES.description },
  },
});

export const ScoreSpanInput = builder.inputType('ScoreSpanInput', {
  description: 'A stretch of positions. No position is in two of them.',
  fields: (t) => ({
    from: t.int({ required: true, description: 'Its first position; negative counts from the end.' }),
    to: t.int({ description: 'The position before which it ends; negative counts from the end. Default: the end.' }),
    name: t.string({ description: 'What its group is called. Default: nothing.' }),
  }),
});

interface GroupArguments {
  readonly by: typeof GroupBy.$inferType;
  readonly spans?: readonly (typeof ScoreSpanInput.$inferInput)[] | null | undefined;
}

/** What putting tokens together costs beside what is selected of the groups. */
export function groupingComplexity({ spans }: GroupArguments): number {
  return 10 + readingComplexity(spans ?? []);
}

/** A text in groups. */
export interface GroupedText {
  readonly groups: readonly TokenGroup[];
  /** Of one of them; null where the checkpoint is gone. */
  readonly textOf: (group: TokenGroup) => string | null;
}

interface GroupedRun {
  readonly run: RunRecord;
  /** Null when the checkpoint is gone. */
  readonly model: CatalogueModel | null;
}

/**
 * @param answer tokens behind the prompt; no group but a span that is named goes over where they begin
 * @throws TributaryError INPUT, CHECKPOINT where the text would be needed
 */
export function groupedText({ run, model }: GroupedRun, args: GroupArguments, answer?: readonly number[]): GroupedText {
  const { inputIds } = run.question.input;
  const ids = [...inputIds, ...(answer ?? [])];
  let known: LaidText | undefined;
  const text = model && (() => (known ??= layText(ids, model.checkpoint.tokenizer)));
  return {
    groups: groupsOf(run, args, ids.length, text),
    textOf: ({ from, to }) => (text ? text().text.slice(text().begins[from], text().begins[to]) : null),
  };
}

function groupsOf(
  run: RunRecord,
  { by, spans }: GroupArguments,
  length: number,
  text: (() => LaidText) | null,
): TokenGroup[] {
  const { inputIds } = run.question.input;
  if (spans && by !== 'SPANS') throw inputError('spans', `\`spans\` are what SPANS groups by; ${by} takes none`);
  switch (by) {
    case 'SPANS':
      if (!spans) throw inputError('spans', 'SPANS groups by the `spans` that are named with it; there are none');
      return spanGroups(
        spans.map((span, index) => spanOf(span, `spans.${index}`, length)),
        length,
        inputIds.length,
      );
    case 'MESSAGES':
      return spanGroups(messagesOf(run, length), length, inputIds.length);
    default:
      if (!text) throw unreadable(run);
      return segmentGroups(by, text(), inputIds.length);
  }
}

function spanOf({ from, to, name }: typeof ScoreSpanInput.$inferInput, path: string, length: number): Span {
  return within(path, () => ({
    from: placeOf('from', from, length, length - 1),
    to: placeOf('to', to ?? length, length, length),
    name: name ?? null,
  }));
}

/** A place among the positions; negative ones count from the end. @throws TributaryError INPUT for one beyond `last` */
function placeOf(field: string, place: number, length: number, last: number): number {
  const absolute = place < 0 ? length + place : place;
  if (absolute >= 0 && absolute <= last) return absolute;
  throw inputError(
    field,
    `There are ${length} positions; \`${field}\` is from 0 to ${last}, or from −${length} to −1 counted from the end, not ${place}`,
  );
}

/** A message in a prompt, from one position to before another. */
interface Message {
  readonly role: string;
  readonly from: number;
  readonly to: number;
}

function messagesOf({ id, question: { input } }: RunRecord, length: number): Span[] {
  const { messages } = input as { readonly messages?: readonly Message[] };
  if (!messages) {
    throw inputError(
      'by',
      `The prompt of run ${id} was no chat, so it has no messages; group it by SPANS or by its text`,
    );
  }
  const answer = { role: 'assistant', from: input.inputIds.length, to: length };
  const all = length > input.inputIds.length ? [...messages, answer] : messages;
  return all.map(({ role, from, to }) => ({ from, to, name: role }));
}

function unreadable({ id }: RunRecord): TributaryError {
  return new TributaryError(
    'CHECKPOINT',
    `The checkpoint of run ${id} is gone or has changed, and its text cannot be read without it; group it by SPANS`,
  );
}
