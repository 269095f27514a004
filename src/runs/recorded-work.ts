/** A run whose job tells all of its events, from the first to the last: circulations and generations. */
import type { CirculationStep } from '../explain/circulation/event.ts';
import type { GenerationStep } from '../explain/generation/event.ts';
import type { Engine } from '../jobs/engine.ts';
import { circulation } from '../jobs/kinds/circulation.ts';
import { generation } from '../jobs/kinds/generation.ts';
import type { JobKind } from '../jobs/kinds/kind.ts';
import { lost } from './ending.ts';
import type { RecordedQuestion } from './executor.ts';
import type { LiveRun, Told } from './live-run.ts';
import { Recorder } from './recorder.ts';
import type { Recording } from './recording.ts';
import type { Signals } from './signals.ts';
import type { RunStep, Subject } from './types.ts';
import { wording } from './wording.ts';

interface RecordedJob<Request, Step extends RunStep> {
  readonly kind: JobKind<Request, void, Step>;
  readonly request: Request;
  /** How much is behind it after a step, from 0 to 1. */
  readonly progressAt: (step: Step) => number | undefined;
  /** A step as it is stored; absent: as it is told. */
  readonly stored?: (step: Step) => Step;
}

export interface RecordedWork {
  readonly store: Recording;
  readonly signals: Signals;
  readonly engine: Engine;
  readonly subject: Subject;
  readonly client: string | undefined;
  readonly told: Told;
}

/** @throws as the engine, or as the store where a step could not be stored */
export function record(id: string, live: LiveRun, question: RecordedQuestion, parts: RecordedWork): Promise<void> {
  const { kind, input } = question;
  if (kind === 'CIRCULATION') {
    const progressAt = (step: CirculationStep) => (step.type === 'LAYER' ? (step.layer + 1) / input.layers : undefined);
    return recordJob(id, live, { kind: circulation, request: input, progressAt }, parts);
  }
  const progressAt = (step: GenerationStep) => (step.type === 'TOKEN' ? (step.index + 1) / input.maxTokens : undefined);
  const stored = wording(input, parts.subject.spell);
  return recordJob(id, live, { kind: generation, request: input, progressAt, stored }, parts);
}

async function recordJob<Request, Step extends RunStep>(
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
