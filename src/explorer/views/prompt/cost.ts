/** What a question would take, in words. */
import { bytes, duration } from '../../format/number.ts';
import type { Estimated } from '../../state/drafted.ts';

/** `about 3 ms, 56 MB`; with what it waits for, if it does. */
export function costOf(estimate: Estimated): string {
  const { time, loadTime, memory, queueTime } = estimate;
  const waits =
    queueTime === null ? ', when the queue has room' : queueTime >= 1 ? `, begins in ${duration(queueTime)}` : '';
  const loads = loadTime > 0 ? ` (${duration(loadTime)} to load the model)` : '';
  return `about ${duration(time)}${loads}, ${bytes(memory)}${waits}`;
}

/** Each figure by itself. */
export function costInFull(estimate: Estimated): string {
  const { tokens, weights, activations, loadTime, runTime, queueTime } = estimate;
  return [
    `${tokens} ${tokens === 1 ? 'token' : 'tokens'}`,
    `memory: ${bytes(weights)} for weights, ${bytes(activations)} for activations`,
    `time: ${duration(loadTime)} to load the model, ${duration(runTime)} to run`,
    queueTime === null ? 'the queue is full' : `waiting: ${duration(queueTime)}`,
  ].join('\n');
}

/** Which budgets it is over, by how much; nothing where it is within them. */
export function overBudget({ memory, time, memoryBudget, timeBudget, withinBudget }: Estimated): string | undefined {
  if (withinBudget) return undefined;
  const over = [
    memoryBudget !== null && memory > memoryBudget
      ? `${bytes(memory)} of memory, where the server allows ${bytes(memoryBudget)}`
      : undefined,
    timeBudget !== null && time > timeBudget
      ? `${duration(time)}, where the server allows ${duration(timeBudget)}`
      : undefined,
  ].filter((part) => part !== undefined);
  return `This would take ${over.join(', and ')}.`;
}
