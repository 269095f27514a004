/** Rows as questions: those that ask the same are one, and those that cannot be asked say why. */
import { setImmediate } from 'node:timers/promises';
import type { ModelSpecification } from '../../architecture/specification.ts';
import { TributaryError } from '../../errors.ts';
import { selectable } from '../../explain/attribution/parts.ts';
import type { AttributionSelection } from '../../explain/attribution/result.ts';
import { contentHash } from '../../runs/content-hash.ts';
import type { FailedRow } from '../../runs/sweep-record.ts';
import type { Question, Subject } from '../../runs/types.ts';
import type { AskedRow, AskRow, RowRequest } from './row.ts';

/** A row that is left. */
export interface LeftRow {
  readonly index: number;
  readonly request: RowRequest;
}

/** An attribution of one target. */
export interface AttributionAsked {
  /** Indices of the rows that ask it, the first one first. */
  readonly rows: number[];
  readonly subject: Subject;
  readonly specification: ModelSpecification;
  readonly question: Extract<Question, { kind: 'LOGIT_ATTRIBUTION' }>;
  readonly contentHash: string;
  /** What there is of what is to be kept, with its method and prompt whatever the target, and with this target. */
  readonly selection: AttributionSelection;
  readonly own: AttributionSelection;
}

/** A question of another kind, which is a job of its own. */
export interface OtherAsked {
  readonly rows: number[];
  readonly subject: Subject;
  readonly specification: ModelSpecification;
  readonly asked: Exclude<AskedRow, { kind: 'LOGIT_ATTRIBUTION' }>;
}

export interface Questions {
  readonly attributions: readonly AttributionAsked[];
  readonly others: readonly OtherAsked[];
  readonly failed: readonly FailedRow[];
}

/** Rows that are read at once: tokenizers run in the thread that serves everybody. */
const stretch = 20;

/**
 * @param onFault is told of failures that are nobody's input's
 * @throws the signal's reason
 */
export async function questionsOf(
  rows: readonly LeftRow[],
  ask: AskRow,
  onFault: (error: unknown) => void,
  signal?: AbortSignal,
): Promise<Questions> {
  const attributions = new Map<string, AttributionAsked>();
  const others: OtherAsked[] = [];
  const failed: FailedRow[] = [];
  for (const [place, { index, request }] of rows.entries()) {
    if (place % stretch === stretch - 1) await setImmediate();
    signal?.throwIfAborted();
    try {
      const { subject, specification, ...asked } = await ask(request);
      if (asked.kind !== 'LOGIT_ATTRIBUTION') others.push({ rows: [index], subject, specification, asked });
      else {
        const one = { rows: [index], subject, specification, ...attributionAsked(subject, asked) };
        const same = attributions.get(one.contentHash);
        if (same) same.rows.push(index);
        else attributions.set(one.contentHash, one);
      }
    } catch (error) {
      if (!(error instanceof TributaryError)) onFault(error);
      failed.push({ index, ...failureOf(error) });
    }
  }
  return { attributions: [...attributions.values()], others, failed };
}

function attributionAsked(
  subject: Subject,
  { questions, selection: asked }: Extract<AskedRow, { kind: 'LOGIT_ATTRIBUTION' }>,
): Omit<AttributionAsked, 'rows' | 'subject' | 'specification'> {
  const { targets, ...input } = questions;
  const [target] = targets;
  if (!target) throw new Error('A row of a sweep has no target');
  const question = { kind: 'LOGIT_ATTRIBUTION' as const, input: { ...input, target } };
  const selection = selectable(input, asked);
  return {
    question,
    contentHash: contentHash(subject, question),
    selection,
    own: selectable(question.input, selection),
  };
}

/** Why a row has no answer. What is not written for clients stays in the log. */
export function failureOf(error: unknown): Omit<FailedRow, 'index'> {
  if (error instanceof TributaryError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: 'The row failed by a fault of the server; its log says more' };
}
