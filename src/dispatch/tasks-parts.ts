/** What those have who ask for tasks, and those who take them. */
import type { Note } from '../cluster/notes.ts';
import type { Transaction, Transactions } from '../runs/transactions.ts';
import type { JobQueues } from './job-queues.ts';
import type { TakenTask } from './task.ts';

export interface TasksParts {
  readonly transactions: Transactions;
  readonly queues: JobQueues;
  /** Tells the other processes in the same transaction. */
  readonly tell: (transaction: Transaction, notes: readonly Note[]) => Promise<void>;
  /** The id of this process as a member. */
  readonly member: () => string;
}

/** Of a share that had as many as it may, another one may be taken. */
export function madeRoom({ id, mostTaken }: Pick<TakenTask, 'id' | 'mostTaken'>): Note[] {
  return mostTaken === undefined ? [] : [{ task: id, what: 'new' }];
}
