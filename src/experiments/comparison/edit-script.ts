/** How one prompt becomes another, token by token. */
import { setImmediate } from 'node:timers/promises';
import { TributaryError } from '../../errors.ts';
import { at } from '../../inference/rows.ts';

export const changes = ['SAME', 'REPLACED', 'ADDED', 'REMOVED'] as const;
export type Change = (typeof changes)[number];

/** A token of `a`, of `b`, or of both, by their positions. */
export interface Edit {
  readonly change: Change;
  /** Null for one that was added. */
  readonly a: number | null;
  /** Null for one that was removed. */
  readonly b: number | null;
}

/** Tokens of each, between what both begin and end with: a byte for each pair of them is held. */
export const longestAligned = 4096;

/** Pairs of tokens that are looked at before others have their turn. */
const stretch = 500_000;

/** The steps that lead to a pair of tokens. */
const [both, added, removed] = [0, 1, 2] as const;

/**
 * The fewest edits that make `b` of `a`, each token taken once and in order (Wagner & Fischer 1974, *The String-to-String
 * Correction Problem*, every edit at the same cost). Of several such scripts it is one that leaves the most tokens the same.
 * The edit scripts of libraries know no token that is replaced.
 * @throws TributaryError RUN_STATE where what differs is longer than `longestAligned`
 */
export async function editScript(
  a: readonly number[],
  b: readonly number[],
  signal?: AbortSignal | undefined,
): Promise<Edit[]> {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const same = (count: number, fromA: number, fromB: number) =>
    Array.from({ length: count }, (_, index): Edit => ({ change: 'SAME', a: fromA + index, b: fromB + index }));
  const between = await edited(a.slice(head, a.length - tail), b.slice(head, b.length - tail), signal);
  return [
    ...same(head, 0, 0),
    ...between.map((edit) => ({
      ...edit,
      a: edit.a === null ? null : edit.a + head,
      b: edit.b === null ? null : edit.b + head,
    })),
    ...same(tail, a.length - tail, b.length - tail),
  ];
}

async function edited(a: readonly number[], b: readonly number[], signal: AbortSignal | undefined): Promise<Edit[]> {
  if (Math.max(a.length, b.length) > longestAligned) {
    throw new TributaryError(
      'RUN_STATE',
      `What differs between the prompts is ${a.length} tokens in one and ${b.length} in the other; at most ${longestAligned} of each are aligned. Compare runs whose prompts have more in common`,
    );
  }
  const width = b.length + 1;
  const steps = new Uint8Array((a.length + 1) * width);
  steps.fill(added, 1, width);
  // An edit outweighs any number of tokens that stay the same: among as many edits, fewer tokens replaced are more of those.
  const edit = Math.min(a.length, b.length) + 1;
  let above = Int32Array.from({ length: width }, (_, column) => column * edit);
  let costs = new Int32Array(width);
  for (let row = 1, seen = 0; row <= a.length; row++, seen += width) {
    if (seen > stretch) {
      seen = 0;
      await setImmediate();
      signal?.throwIfAborted();
    }
    const token = a[row - 1];
    costs[0] = row * edit;
    steps[row * width] = removed;
    for (let column = 1; column < width; column++) {
      let cost = (above[column - 1] as number) + (token === b[column - 1] ? 0 : edit + 1);
      let step: number = both;
      if ((costs[column - 1] as number) + edit < cost) {
        cost = (costs[column - 1] as number) + edit;
        step = added;
      }
      if ((above[column] as number) + edit < cost) {
        cost = (above[column] as number) + edit;
        step = removed;
      }
      costs[column] = cost;
      steps[row * width + column] = step;
    }
    [above, costs] = [costs, above];
  }
  return wayBack(a, b, steps);
}

/** @param steps the step that leads to each pair [a + 1, b + 1] */
function wayBack(a: readonly number[], b: readonly number[], steps: Uint8Array): Edit[] {
  const edits: Edit[] = [];
  let [row, column] = [a.length, b.length];
  while (row > 0 || column > 0) {
    const step = steps[row * (b.length + 1) + column];
    if (step !== added) row--;
    if (step !== removed) column--;
    if (step === added) edits.push({ change: 'ADDED', a: null, b: column });
    else if (step === removed) edits.push({ change: 'REMOVED', a: row, b: null });
    else edits.push({ change: at(a, row) === at(b, column) ? 'SAME' : 'REPLACED', a: row, b: column });
  }
  return edits.reverse();
}
