/** Questions that are asked by themselves: circulations, generations, and attributions of which a run has some already. */
import type { RunService } from '../../runs/service.ts';
import type { EndedRow, FailedRow } from '../../runs/sweep-record.ts';
import type { Asking, RunRecord } from '../../runs/types.ts';
import { untilRoom } from './patience.ts';
import { type AttributionAsked, failureOf, type OtherAsked } from './questions.ts';

export type SingleAsked = AttributionAsked | OtherAsked;

export interface SingleOptions {
  readonly runs: RunService;
  /** Of the sweep, and so of its runs. */
  readonly owner: string;
  readonly client: string;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown) => void;
}

export interface SingleEnd {
  readonly done?: readonly EndedRow[];
  readonly failed?: readonly FailedRow[];
}

/** What becomes of the rows that ask it. @throws the signal's reason */
export async function endOf(single: SingleAsked, options: SingleOptions): Promise<SingleEnd> {
  const { signal } = options;
  const asked = new Date();
  try {
    const { id, createdAt } = await untilRoom(
      () => ('asked' in single ? otherRun(single, options) : attributionRun(single, options)),
      signal,
    );
    return {
      done: single.rows.map((index, place) => ({ index, runId: id, found: place > 0 || createdAt < asked })),
    };
  } catch (error) {
    signal.throwIfAborted();
    const failure = failureOf(error);
    if (failure.code === 'INTERNAL') options.onFault(error);
    return { failed: single.rows.map((index) => ({ index, ...failure })) };
  }
}

/** With what is selected, computed as far as it is not there. */
async function attributionRun(
  { subject, question: { input }, own }: AttributionAsked,
  { runs, owner, client, signal }: SingleOptions,
): Promise<RunRecord> {
  const { target, ...rest } = input;
  const asking = { owner, client, signal };
  const [answer] = await runs.attributions.ask(subject, { ...rest, targets: [target] }, own, asking);
  if (!answer) throw new Error('An attribution of one target has no answer');
  return answer.run;
}

/** Started, and waited for to its end. @throws TributaryError as of a run that failed */
async function otherRun({ subject, asked }: OtherAsked, options: SingleOptions): Promise<RunRecord> {
  const { runs, owner, client, signal } = options;
  const since = new Date();
  const asking: Asking = { owner, client, keep: true };
  const started = await (asked.kind === 'CIRCULATION'
    ? runs.startCirculation(subject, asked.input, asking)
    : runs.startGeneration(subject, asked.input, asking));
  try {
    return await runs.completed(started.id, signal);
  } catch (error) {
    // One that others have asked for is theirs.
    if (signal.aborted && started.createdAt >= since) await runs.cancel(started.id).catch(() => undefined);
    throw error;
  }
}
