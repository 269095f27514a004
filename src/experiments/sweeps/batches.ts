/** Attributions in batches: of one model, method and length, and asked for the same. */

import type { BatchRequest } from '../../explain/attribution/batch-request.ts';
import type { TargetRequest } from '../../inference/target.ts';
import { portionsOf } from '../../portions.ts';
import type { AttributionAsked } from './questions.ts';

/** The most questions of a batch: short enough that what others ask comes between two of them. */
export const mostRows = 64;
/** The most tokens of it, those of a prompt once for each of its targets. */
const mostTokens = 4096;

/** What the questions of a batch have in common. */
export function groupOf({ subject, question: { input }, selection }: AttributionAsked): string {
  const { method, options, inputIds } = input;
  return JSON.stringify([subject.folder, subject.fingerprint, method, options, selection, inputIds.length]);
}

/** @returns each question in one batch; those come first whose first row does */
export function batchesOf(asked: readonly AttributionAsked[]): AttributionAsked[][] {
  const groups = new Map<string, AttributionAsked[]>();
  for (const one of asked) {
    const key = groupOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].flatMap((group) => {
    const length = group[0]?.question.input.inputIds.length ?? 1;
    return portionsOf(group, Math.min(mostRows, Math.floor(mostTokens / length)));
  });
}

/** Where the answer of a question stands in that of its batch. */
interface Place {
  readonly prompt: number;
  readonly target: number;
}

/** A batch as a job is asked: a prompt that several questions have is read once. */
export function requestOf(batch: readonly AttributionAsked[]): {
  readonly request: BatchRequest;
  /** Of each question, in order. */
  readonly places: readonly Place[];
} {
  const [first] = batch;
  if (!first) throw new Error('A batch has at least one question');
  const { method, options } = first.question.input;
  const prompts: { readonly inputIds: readonly number[]; readonly targets: TargetRequest[] }[] = [];
  const known = new Map<string, number>();
  const places = batch.map(({ question: { input } }) => {
    const key = input.inputIds.join();
    const prompt = known.get(key) ?? prompts.push({ inputIds: input.inputIds, targets: [] }) - 1;
    known.set(key, prompt);
    const targets = prompts[prompt]?.targets ?? [];
    return { prompt, target: targets.push(input.target) - 1 };
  });
  return { request: { prompts, method, ...(options && { options }), selection: first.selection }, places };
}
