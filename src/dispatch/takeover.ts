/** What is done about a process that was lost, by whoever notices: each may do it, several at once, and again. */
import type { Member } from '../cluster/member.ts';
import type { RunStore } from '../runs/store.ts';
import type { RunStep } from '../runs/types.ts';
import { lostTooOften, mostAttempts } from './task.ts';
import type { Tasks } from './tasks.ts';

const end: RunStep = { type: 'FAILED', code: 'INTERRUPTED', message: lostTooOften };

export async function takeOver(
  { id, kind }: Pick<Member, 'id' | 'kind'>,
  { tasks, store }: { readonly tasks: Tasks; readonly store: RunStore },
): Promise<void> {
  // Runs go on whether or not the server is there that asked for them.
  if (kind === 'SERVER') return tasks.withdrawOf(id);
  const { givenUp } = await tasks.takeBack(id, mostAttempts);
  for (const { taskId, runIds } of givenUp) {
    for (const runId of runIds) await store.append(runId, [end]);
    const failure = { code: 'OVER_CAPACITY', message: lostTooOften, details: {}, stack: undefined } as const;
    await tasks.giveUp(taskId, { failure });
  }
}
