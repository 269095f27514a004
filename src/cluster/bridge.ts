/** Has what this process keeps of the database, and who follows it here, know what other processes write. */
import type { RunChange } from './notes.ts';
import type { Wire } from './wire.ts';

/** As `EventStore`, `ChangeLog` and `Signals` have it. */
export interface Followed {
  readonly events: {
    renew(runId: string): void;
    forget(runId: string): void;
    forgetAll(): void;
  };
  readonly changes: {
    note(runId: string, what: RunChange, owner?: string): void;
    lose(): void;
  };
  /** Of those who follow a run. */
  readonly runs: Wakes;
  /** Of those who follow a sweep. */
  readonly sweeps: Wakes;
}

interface Wakes {
  wake(id: string): void;
  wakeAll(): void;
}

/** @returns stops it */
export function bridge(wire: Wire, { events, changes, runs, sweeps }: Followed): () => void {
  const stopListening = wire.listen((note) => {
    if ('run' in note) {
      const { run, what, owner } = note;
      // Before anybody looks.
      if (what === 'figures' || what === 'deleted') events.forget(run);
      else events.renew(run);
      changes.note(run, what === 'figures' ? 'events' : what, owner);
      runs.wake(run);
    } else if ('runs' in note) changes.lose();
    else if ('sweep' in note) sweeps.wake(note.sweep);
  });
  const stopReturning = wire.onReconnect(() => {
    events.forgetAll();
    changes.lose();
    runs.wakeAll();
    sweeps.wakeAll();
  });
  return () => {
    stopListening();
    stopReturning();
  };
}
