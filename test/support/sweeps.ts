/** For tests: sweeps whose rows are token ids, over runs with an engine that does what the test says. */
import { TributaryError } from '../../src/errors.ts';
import type { AskRow, PlannedRow } from '../../src/experiments/sweeps/row.ts';
import { SweepService } from '../../src/experiments/sweeps/service.ts';
import type { AttributionSelection } from '../../src/explain/attribution/result.ts';
import type { SweepRowRecord } from '../../src/runs/sweep-record.ts';
import { subject } from './scripted-engine.ts';
import type { TestedStore } from './stores.ts';
import type { TemporaryRuns } from './temporary-runs.ts';

export const target = { position: 0, token: null, against: null };

/** A row of a prompt of these ids. A negative one is no token of the model. */
export function idsRow(...inputIds: number[]): PlannedRow {
  return {
    slots: { ids: inputIds.join(' ') },
    request: { operation: 'logitAttribution', input: { model: 'm', inputIds } },
  };
}

/** So many rows of prompts of two tokens, from a number on; another number, another prompt. */
export function rowsFrom(first: number, count: number): PlannedRow[] {
  return Array.from({ length: count }, (_, index) => idsRow(1, first + index));
}

export async function* iterated<Item>(items: Iterable<Item>): AsyncGenerator<Item, void> {
  yield* items;
}

export interface TemporarySweeps extends TemporaryRuns {
  sweeps: SweepService;
  /** What is kept of each attribution. */
  selection: AttributionSelection;
  /** As after another start of the server. */
  restarted(): Promise<SweepService>;
  /** Waits for the end of a sweep. */
  over(id: string): Promise<void>;
  rows(id: string): Promise<SweepRowRecord[]>;
}

export async function temporarySweeps({ temporaryRuns }: TestedStore): Promise<TemporarySweeps> {
  const all = await temporaryRuns();
  const { runs, engine, faults } = all;
  const ask: AskRow = async ({ input }) => {
    const inputIds = input.inputIds as number[];
    if (inputIds.some((id) => id < 0))
      throw new TributaryError('PROMPT', `No token has the id ${Math.min(...inputIds)}`);
    const questions = { inputIds, targets: [target], method: 'FROZEN' };
    const specification = { layerCount: 1, headCount: 1 } as Awaited<ReturnType<AskRow>>['specification'];
    return { kind: 'LOGIT_ATTRIBUTION', questions, selection: fixture.selection, subject, specification };
  };
  const made = () => new SweepService({ runs, engine, asking: () => ask, onFault: (error) => faults.push(error) });
  const fixture: TemporarySweeps = {
    ...all,
    sweeps: made(),
    selection: {},
    async restarted() {
      fixture.sweeps = made();
      await fixture.sweeps.recover();
      return fixture.sweeps;
    },
    async over(id) {
      for await (const _ of await fixture.sweeps.follow(id));
    },
    rows: (id) => fixture.sweeps.rows(id, { limit: 10_000 }),
    async [Symbol.asyncDispose]() {
      await fixture.sweeps.close();
      await all[Symbol.asyncDispose]();
    },
  };
  return fixture;
}
