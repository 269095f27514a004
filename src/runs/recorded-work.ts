/** A run whose job tells all of its events, from the first to the last: circulations and generations. */
import type { Engine } from '../jobs/engine.ts';
import type { JobKind } from '../jobs/kinds/kind.ts';
import { lost } from './ending.ts';
import type { LiveRun, Told } from './live-run.ts';
import { Recorder } from './recorder.ts';
import type { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import type { RunStep, Subject } from './types.ts';

export interface RecordedJob<Request, Step extends RunStep> {
  readonly kind: JobKind<Request, void, Step>;
  readonly request: Request;
  /** How much is behind it after a step, from 0 to 1. */
  readonly progressAt: (step: Step) => number | undefined;
  /** A step as it is stored; absent: as it is told. */
  readonly stored?: (step: Step) => Step;
}

export interface RecordedWork {
  readonly store: RunStore;
  readonly signals: Signals;
  readonly engine: Engine;
  readonly subject: Subject;
  readonly client: string | undefined;
  readonly told: Told;
}

/** @throws as the engine, or as the store where a step could not be stored */
export async function record<Request, Step extends RunStep>(
  id: string,
  live: LiveRun,
  { kind, request, progressAt, stored = (step) => step }: RecordedJob<Request, Step>,
  { store, signals, engine, subject, client, told }: RecordedWork,
): Promise<void> {
  const recorder = new Recorder(store, signals, id, () => live.stop(lost));
  const onStep = (step: Step) => {
    recorder.record(stored(step));
    live.progress = progressAt(step) ?? live.progress;
  };
  try {
    const { signal } = live;
    await engine.run(kind, subject, request, { signal, client, ...told, onStep });
  } finally {
    await recorder.flushed();
  }
  if (live.profile) await store.profiled(id, live.profile);
  if (!recorder.completed) throw new Error(`The engine ended a ${kind.name} without completing it`);
}
