/** A run from its work to its end, which is stored whichever way that goes. */
import { TributaryError } from '../errors.ts';
import { endOf } from './ending.ts';
import type { LiveRun, Told } from './live-run.ts';
import { profileOf } from './profile.ts';
import type { Recording } from './recording.ts';

/** What a run does, from its first step to its last. @param told has to be told of its job */
export type Work = (id: string, live: LiveRun, told: Told) => Promise<void>;

/** Does the work of a run and stores how it ended. @param onFault is told of failures that are nobody's input's */
export async function execute(
  id: string,
  work: Work,
  live: LiveRun,
  { recording, onFault }: { readonly recording: Recording; readonly onFault: (error: unknown) => void },
): Promise<void> {
  const queued = performance.now();
  let began = queued;
  const told: Told = {
    onStart: () => {
      began = performance.now();
      recording.started(id).catch(onFault);
    },
    onQueue: (ticket) => {
      live.ticket = ticket;
    },
    onTook: (took, sharedBy = 1) => {
      live.profile = profileOf(took, (began - queued) / 1000, sharedBy);
    },
  };
  try {
    await work(id, live, told);
  } catch (error) {
    // What is expected has a cause where that is for the log: a full disk.
    if (!(error instanceof TributaryError) || error.cause) onFault(error);
    if (error instanceof TributaryError && (error.code === 'OVER_CAPACITY' || error.code === 'NO_WORKER'))
      live.refusal = error;
    const end = endOf(error);
    await recording.append(id, [end.type === 'CANCELLED' ? (live.end ?? end) : end]).catch(onFault);
  }
}
