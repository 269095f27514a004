/** What becomes of runs, whether they are shown or not. */
import {
  CancelRunDocument,
  DeleteRunDocument,
  RepeatRunDocument,
  ShareRunDocument,
  UnshareRunDocument,
} from '../../client/generated/graphql.ts';
import { problemIn, problemOf } from './problem.ts';
import { server } from './server.ts';
import { begin, deleted, openProblem, openRun } from './workspace.ts';

/** Asks what a run was asked once more, and shows it. */
export async function repeatRun(id: string): Promise<void> {
  const isNewest = begin();
  try {
    const { repeatRun: repeated } = await server.request(RepeatRunDocument, { id });
    if (!isNewest()) return;
    if ('run' in repeated) return await openRun(repeated.run.id);
    openProblem.value = problemIn(repeated);
  } catch (thrown) {
    openProblem.value = problemOf(thrown);
  }
}

/** Ends a run that is under way, for all who follow it. */
export async function cancelRun(id: string): Promise<void> {
  await changed(async () => (await server.request(CancelRunDocument, { id })).cancelRun);
}

/** Deletes a run that has ended. Where it is shown it stays so, as long as the page does. */
export async function deleteRun(id: string): Promise<void> {
  const isDeleted = await changed(async () => (await server.request(DeleteRunDocument, { id })).deleteRun);
  if (isDeleted) deleted.value = new Set([...deleted.value, id]);
}

/** Has others find a run by its link, or nobody else. */
export async function shareRun(id: string, shared: boolean): Promise<void> {
  await changed(async () =>
    shared
      ? (await server.request(ShareRunDocument, { id })).shareRun
      : (await server.request(UnshareRunDocument, { id })).unshareRun,
  );
}

/** @returns whether it could be done; why not is told */
async function changed(change: () => Promise<object>): Promise<boolean> {
  try {
    openProblem.value = problemIn(await change());
  } catch (thrown) {
    openProblem.value = problemOf(thrown);
  }
  return openProblem.value === undefined;
}
