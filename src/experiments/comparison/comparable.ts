/** Which runs can be compared, and why others cannot. */
import { TributaryError } from '../../errors.ts';
import type { TextReader } from '../../explain/groups/laid-text.ts';
import type { RunKind, RunRecord } from '../../runs/types.ts';
import type { ComparedRun } from './compared-run.ts';

/** Kinds of runs that have figures of tokens. */
export const comparableKinds = ['LOGIT_ATTRIBUTION', 'CIRCULATION'] as const satisfies readonly RunKind[];
export type ComparableKind = (typeof comparableKinds)[number];

/** @throws TributaryError RUN_STATE with the reason and what could be compared instead */
export function requireComparable(a: ComparedRun, b: ComparedRun): void {
  for (const { run } of [a, b]) requireAnswered(run);
  if (a.run.question.kind !== b.run.question.kind) {
    throw notComparable(
      `run ${a.run.id} is a ${a.run.question.kind} and run ${b.run.id} a ${b.run.question.kind}, whose figures are others; compare runs of one kind`,
    );
  }
  const [kindOfA, kindOfB] = [targetKindOf(a.run), targetKindOf(b.run)];
  if (kindOfA !== kindOfB) {
    throw notComparable(
      `run ${a.run.id} explains a ${kindOfA} and run ${b.run.id} a ${kindOfB}, which are not of one unit; ask for both with the same \`target.kind\``,
    );
  }
  requireSameTokens(a, b);
}

/** @throws TributaryError RUN_STATE for one that has no answer, or none whose figures are compared */
function requireAnswered({ id, status, question: { kind } }: RunRecord): void {
  if (status !== 'COMPLETED')
    throw notComparable(
      `run ${id} is ${status}; compare runs that are COMPLETED: wait for it, or have it asked again by \`repeatRun\``,
    );
  if (!comparableKinds.some((comparable) => comparable === kind)) {
    throw notComparable(
      `run ${id} is a ${kind}, which has no scores of a prompt's tokens; compare a LOGIT_ATTRIBUTION of a token of each answer`,
    );
  }
}

/** What of a target is explained: what differs in it is not of one unit. */
export function targetKindOf({ question }: RunRecord): string {
  return question.kind === 'LOGIT_ATTRIBUTION' ? (question.input.target.kind ?? 'LOGIT') : 'LOGIT';
}

/** Tokens are aligned by their ids: the same one must read the same in both vocabularies. */
function requireSameTokens(a: ComparedRun, b: ComparedRun): void {
  if (a.run.modelRevision === b.run.modelRevision) return;
  const [readA, readB] = [readerOf(a, b), readerOf(b, a)];
  for (const id of new Set([...a.run.question.input.inputIds, ...b.run.question.input.inputIds])) {
    const [textInA, textInB] = [readA.token(id).text, readB.token(id).text];
    if (textInA === textInB) continue;
    throw notComparable(
      `their models have other vocabularies: token ${id} is ${JSON.stringify(textInA)} in ${a.run.modelName} and ${JSON.stringify(textInB)} in ${b.run.modelName}; compare runs of models that share a tokenizer`,
    );
  }
}

function readerOf({ run, reader }: ComparedRun, { run: other }: ComparedRun): TextReader {
  if (reader) return reader;
  throw notComparable(
    `the checkpoint of run ${run.id} is gone or has changed, so that nobody knows whether its tokens are those of run ${other.id}; compare runs of one revision of a model`,
  );
}

function notComparable(why: string): TributaryError {
  return new TributaryError('RUN_STATE', `The runs cannot be compared: ${why}`);
}
