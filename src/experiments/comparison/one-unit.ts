/** Figures that are put together are of one unit. */
import { TributaryError } from '../../errors.ts';
import type { RunRecord } from '../../runs/types.ts';
import { comparableKinds, targetKindOf } from './comparable.ts';

/** @param runs of both groups @throws TributaryError RUN_STATE for runs whose scores are not of one unit */
export function requireOneUnit(runs: readonly RunRecord[]): void {
  const kinds = [...new Set(runs.map(({ question: { kind } }) => kind))];
  const other = kinds.find((kind) => !comparableKinds.some((comparable) => comparable === kind));
  if (other !== undefined)
    throw notComparable(`some are a ${other}, which has no scores of a prompt's tokens`, comparableKinds);
  if (kinds.length > 1) throw notComparable(`some are a ${kinds[0]} and some a ${kinds[1]}`, kinds);
  const targets = [...new Set(runs.map(targetKindOf))];
  if (targets.length > 1) {
    throw new TributaryError(
      'RUN_STATE',
      `The groups cannot be compared: some runs explain a ${targets[0]} and some a ${targets[1]}, which are not of one unit; keep them in experiments of their own, or name \`runs\``,
    );
  }
}

function notComparable(why: string, kinds: readonly string[]): TributaryError {
  return new TributaryError(
    'RUN_STATE',
    `The groups cannot be compared: ${why}; say in their \`filter\` of which one of the \`kinds\` they are: ${kinds.join(' or ')}`,
  );
}
