/** What differs between two runs, in words. */
import type { TargetResult } from '../../inference/target.ts';
import type { RunRecord } from '../../runs/types.ts';
import type { ComparedRun } from './compared-run.ts';
import type { Edit } from './edit-script.ts';

/** @param targets as they were resolved */
export function differing(
  a: ComparedRun,
  b: ComparedRun,
  edits: readonly Edit[],
  targets: readonly [a: TargetResult, b: TargetResult],
): string[] {
  return [
    ...modelsOf(a.run, b.run),
    ...unlessSame('method', methodOf(a.run), methodOf(b.run)),
    ...unlessSame('options', optionsOf(a.run), optionsOf(b.run)),
    ...unlessSame('tracked positions', trackedOf(a.run), trackedOf(b.run)),
    ...unlessSame('blocks', blocksOf(a.run), blocksOf(b.run)),
    ...unlessSame('target', wordsOf(targets[0], a), wordsOf(targets[1], b)),
    ...promptsOf(edits),
  ];
}

function unlessSame(what: string, a: string, b: string): string[] {
  return a === b ? [] : [`${what}: ${a} and ${b}`];
}

function modelsOf(a: RunRecord, b: RunRecord): string[] {
  if (a.modelName !== b.modelName) return [`model: ${a.modelName} and ${b.modelName}`];
  return a.modelRevision === b.modelRevision
    ? []
    : [`model: ${a.modelName} with other files, ${a.modelRevision.slice(0, 12)} and ${b.modelRevision.slice(0, 12)}`];
}

function methodOf({ question }: RunRecord): string {
  return question.kind === 'LOGIT_ATTRIBUTION' ? question.input.method : '';
}

function optionsOf({ question }: RunRecord): string {
  const options = (question.kind === 'LOGIT_ATTRIBUTION' && question.input.options) || {};
  const given = Object.entries(options).map(([name, value]) => `${name} ${value ?? 'zero'}`);
  return given.join(', ') || 'none';
}

function trackedOf({ question }: RunRecord): string {
  return question.kind === 'CIRCULATION' ? question.input.track.join(', ') : '';
}

function blocksOf({ question }: RunRecord): string {
  return question.kind === 'CIRCULATION' ? `the first ${question.input.layers}` : '';
}

function wordsOf({ position, token, against, span }: TargetResult, { reader }: ComparedRun): string {
  const text = (id: number) => (reader ? JSON.stringify(reader.token(id).text) : `token ${id}`);
  if (span) {
    const tokens = span.tokens.map((one) => text(one.token)).join(' ');
    return `${tokens} from position ${span.from}${span.against ? ' against another continuation' : ''}`;
  }
  return `${text(token)}${against === null ? '' : ` against ${text(against)}`} at position ${position}`;
}

function promptsOf(edits: readonly Edit[]): string[] {
  const count = (wanted: Edit['change']) => edits.filter(({ change }) => change === wanted).length;
  const counts = { replaced: count('REPLACED'), added: count('ADDED'), removed: count('REMOVED') };
  const told = Object.entries(counts).flatMap(([what, number]) => (number > 0 ? [`${number} ${what}`] : []));
  return told.length > 0 ? [`prompt: of its tokens ${told.join(', ')}`] : [];
}
