/** What processes that share a database tell each other: that something has changed. What it is now stands in the database. */

/** The channel of LISTEN and NOTIFY. */
export const channel = 'tributary';

export type RunChange = 'status' | 'events' | 'labels' | 'deleted';

export type Note =
  /** A run was written; `what` of it, as in `ChangeLog.note`, or that its events have other figures. Of one that was deleted, whose it was. */
  | { readonly run: string; readonly what: RunChange | 'figures'; readonly owner?: string }
  /** So many runs have changed that each is not named. */
  | { readonly runs: 'changed' }
  /** A sweep, or one of its rows, was written. */
  | { readonly sweep: string }
  | { readonly task: string; readonly what: 'new' | 'taken' | 'step' | 'answer' | 'cancel' }
  /** Does anybody read this run, or keep it? Who does says yes. */
  | { readonly wanted: string; readonly what: 'asked' | 'yes' }
  /** A member has come or gone, or has another state. */
  | { readonly member: string };

/** PostgreSQL takes payloads of under 8,000 bytes. */
const mostBytes = 7000;

interface Told {
  /** The process that tells it, which need not be told. */
  readonly from: string;
  readonly notes: readonly Note[];
}

/**
 * As many as there is place for, from the first, as one payload.
 * @param notes each as JSON, well below the limit
 * @returns the payload and how many of the notes are in it
 */
export function payloadOf(from: string, notes: readonly string[]): { payload: string; count: number } {
  const head = `{"from":${JSON.stringify(from)},"notes":[`;
  let bytes = Buffer.byteLength(head) + 2;
  let count = 0;
  for (const note of notes) {
    bytes += Buffer.byteLength(note) + 1;
    if (count > 0 && bytes > mostBytes) break;
    count++;
  }
  return { payload: `${head}${notes.slice(0, count).join(',')}]}`, count };
}

/** @returns undefined for what none of us has written: any client of the database may notify */
export function toldIn(payload: string): Told | undefined {
  try {
    const told = JSON.parse(payload) as Partial<Told> | null;
    return typeof told?.from === 'string' && Array.isArray(told.notes) ? (told as Told) : undefined;
  } catch {
    return undefined;
  }
}

/** As Prisma's clients and transactions have it. */
export interface Statements {
  $executeRawUnsafe(statement: string, ...values: unknown[]): PromiseLike<number>;
}

/** Tells the others within a transaction: once that is committed, and not if it is not. */
export function notifyingAs(from: string): (transaction: Statements, notes: readonly Note[]) => Promise<void> {
  return async (transaction, notes) => {
    const payloads: string[] = [];
    for (let rest = notes.map((note) => JSON.stringify(note)); rest.length > 0; ) {
      const { payload, count } = payloadOf(from, rest);
      payloads.push(payload);
      rest = rest.slice(count);
    }
    if (payloads.length === 0) return;
    await transaction.$executeRawUnsafe(
      'SELECT pg_notify($1, payload) FROM jsonb_array_elements_text(CAST($2 AS JSONB)) AS payload',
      channel,
      JSON.stringify(payloads),
    );
  };
}
