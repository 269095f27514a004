/** Keeps whoever computes a run from writing it once another one does. */

/** As what a writer takes a run to be. */
export interface Fence {
  /** `Run.attempt` as it was when the writer began. */
  readonly attempt: number;
  /** How many events it has; absent: whatever there are. */
  readonly eventCount?: number | undefined;
}

/** A run has another attempt by now, or other events: what was to be written of it was not, and nobody waits for it. */
export class Fenced extends Error {
  override readonly name = 'Fenced';

  constructor(runId: string) {
    super(`Run ${runId} is computed by another one by now`);
  }
}

/** @throws Fenced where a run is not what its writer takes it to be */
export function requireFence(
  { id, attempt, eventCount }: { readonly id: string; readonly attempt: number; readonly eventCount: number },
  fence: Fence | undefined,
): void {
  if (!fence) return;
  if (attempt !== fence.attempt || eventCount !== (fence.eventCount ?? eventCount)) throw new Fenced(id);
}
