/** What is done about a process that was lost, by whoever notices: each may do it, several at once, and again. */
import type { Member } from '../cluster/member.ts';
import type { RunStore } from '../runs/store.ts';
import type { RunStep } from '../runs/types.ts';
import type { AskedTasks } from './asked-tasks.ts';
import type { TakenFrom, TakenTasks } from './taken-tasks.ts';
import { lostTooOften } from './task.ts';

const end: RunStep = { type: 'FAILED', code: 'INTERRUPTED', message: lostTooOften };

export interface TakeoverParts {
  readonly asked: Pick<AskedTasks, 'withdrawOf'>;
  readonly taken: Pick<TakenTasks, 'takeBack' | 'giveUp'>;
  readonly store: Pick<RunStore, 'append'>;
}

export async function takeOver({ id, kind }: Pick<Member, 'id' | 'kind'>, parts: TakeoverParts): Promise<void> {
  // Runs go on whether or not the server is there that asked for them.
  if (kind === 'SERVER') await parts.asked.withdrawOf(id);
  else await takeBack({ lost: id }, parts);
}

/** Has tasks go back to the queue; those that were lost too often have an end. */
export async function takeBack(from: TakenFrom, { taken, store }: Omit<TakeoverParts, 'asked'>): Promise<void> {
  for (const { taskId, runIds } of await taken.takeBack(from)) {
    for (const runId of runIds) await store.append(runId, [end]);
    const failure = { code: 'OVER_CAPACITY', message: lostTooOften, details: {}, stack: undefined } as const;
    await taken.giveUp(taskId, { failure });
  }
}
