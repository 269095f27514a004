/** How runs stand whose work is done by other processes. */

import type { Transactions } from '../runs/transactions.ts';
import { isOver, type RunStatus } from '../runs/types.ts';

interface Row {
  readonly id: string;
  readonly status: RunStatus;
  readonly taskId: string | null;
  /** Whether a process that is there is about to have it dispatched. */
  readonly held: boolean;
}

/** `lost`: it has no end, and nobody is about to give it one. */
export type Standing =
  | { readonly is: 'over' | 'lost' }
  | { readonly is: 'underWay'; readonly taskId: string | undefined };

export class DispatchedRuns {
  readonly #transactions: Transactions;
  readonly #member: () => string;

  /** @param member the id of this process as a member: what it would have under way it knows by itself */
  constructor(transactions: Transactions, member: () => string) {
    this.#transactions = transactions;
    this.#member = member;
  }

  /** Of each of these runs; one that was deleted is over. */
  async standing(ids: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    const rows = await this.#transactions.read(
      (database) => database.$queryRaw<Row[]>`
        SELECT r."id", r."status", t."taskId", EXISTS (
          SELECT 1 FROM "Member" m WHERE m."id" = r."worker" AND m."id" <> ${this.#member()} AND m."seenAt" > 'epoch') AS "held"
        FROM "Run" r LEFT JOIN "TaskRun" t ON t."runId" = r."id"
        WHERE r."id" IN (SELECT jsonb_array_elements_text(CAST(${JSON.stringify(ids)} AS JSONB)))`,
    );
    const found = new Map(rows.map((row) => [row.id, standingOf(row)]));
    return new Map(ids.map((id) => [id, found.get(id) ?? { is: 'over' }]));
  }

  /** Runs that have no end, and that nobody is about to give one. */
  async left(): Promise<string[]> {
    const rows = await this.#transactions.read(
      (database) => database.$queryRaw<{ id: string }[]>`
        SELECT r."id" FROM "Run" r WHERE r."status" IN ('QUEUED', 'RUNNING')
          AND NOT EXISTS (SELECT 1 FROM "TaskRun" t WHERE t."runId" = r."id")
          AND NOT EXISTS (SELECT 1 FROM "Member" m WHERE m."id" = r."worker" AND m."seenAt" > 'epoch')`,
    );
    return rows.map(({ id }) => id);
  }
}

function standingOf({ status, taskId, held }: Row): Standing {
  if (isOver(status)) return { is: 'over' };
  return taskId !== null || held ? { is: 'underWay', taskId: taskId ?? undefined } : { is: 'lost' };
}
