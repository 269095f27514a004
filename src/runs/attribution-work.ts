/** An attribution from its first step to its last: what it tells is recorded, and stored with its answer. */
import { ledgerIn } from '../explain/attribution/ledger/ledger.ts';
import { type AttributionStep, progressAfter } from '../explain/attribution/ledger/step.ts';
import type { AttributionSelection } from '../explain/attribution/result.ts';
import { studiesIn } from '../explain/attribution/studies/registry.ts';
import type { TargetRequest } from '../inference/target.ts';
import { completion, missing, partsOf } from './answer.ts';
import { lost } from './ending.ts';
import type { LiveRun, Told } from './live-run.ts';
import { Recorder } from './recorder.ts';
import type { Recording } from './recording.ts';
import type { SharedAttribution } from './shared-attribution.ts';
import type { Signals } from './signals.ts';

export interface AttributionWork {
  readonly store: Recording;
  readonly signals: Signals;
  /** Milliseconds for which steps are gathered as long as nobody follows them. */
  readonly patience: number;
  /** With others that differ in their targets. */
  readonly shared: SharedAttribution;
  readonly target: TargetRequest;
  readonly selection: AttributionSelection;
  readonly told: Told;
}

/** @throws as the engine */
export async function attribute(
  id: string,
  live: LiveRun,
  { store, signals, patience, shared, target, selection, told }: AttributionWork,
): Promise<void> {
  const recorder = new Recorder(store, signals, id, () => live.stop(lost), patience);
  const joined = shared.join(target, live.signal, {
    ...told,
    onStep: recordedBy(recorder, live, selection),
  });
  const result = await joined.catch(async (error: unknown) => {
    await recorder.flushed();
    throw error;
  });
  await store.complete(id, partsOf(result, selection), [...(await recorder.rest()), completion(result)], live.profile);
}

/** What is selected of the ledger that the events of a run under way will not tell; undefined for nothing. */
export function lacking(
  { ledger }: Pick<LiveRun, 'ledger'>,
  selection: AttributionSelection,
): AttributionSelection | undefined {
  const told = new Map(Object.entries(ledger) as [string, number][]);
  const rest = missing(ledgerIn(selection), told) ?? {};
  return Object.keys(rest).length > 0 ? rest : undefined;
}

/** Records what is told, and how far the run is with that. */
function recordedBy(recorder: Recorder, live: LiveRun, selection: AttributionSelection) {
  const hasStudies = studiesIn(selection).length > 0;
  let started: Extract<AttributionStep, { type: 'STARTED' }> | undefined;
  return (step: AttributionStep) => {
    if (step.type === 'STARTED') started = step;
    recorder.record(step);
    // How long the studies take that come after the passes nobody can tell.
    if (started && !hasStudies) live.progress = progressAfter(step, started, started.layerCount);
  };
}
