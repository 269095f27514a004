/** Ends what is under way. */
import { CancelRunDocument } from '../../client/generated/graphql.ts';
import { problemIn, problemOf } from './problem.ts';
import { server } from './server.ts';
import { openProblem } from './workspace.ts';

/** What is shown, for all who follow it. What has ended meanwhile is as it should be. */
export async function stop({ underWay }: { readonly underWay: readonly string[] }): Promise<void> {
  try {
    const told = await Promise.all(underWay.map((id) => server.request(CancelRunDocument, { id })));
    const problems = told.flatMap(({ cancelRun: cancelled }) => problemIn(cancelled) ?? []);
    openProblem.value = problems.find(({ code }) => code !== 'RUN_STATE');
  } catch (thrown) {
    openProblem.value = problemOf(thrown);
  }
}
