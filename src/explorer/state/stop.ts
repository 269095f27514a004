/** Ends what is under way. */
import { CancelRunDocument } from '../../client/generated/graphql.ts';
import type { Explanation } from './explanation.ts';
import { problemIn, problemOf } from './problem.ts';
import { server } from './server.ts';
import { openProblem } from './workspace.ts';

/** Of an explanation, for all who follow it. What has ended meanwhile is as it should be. */
export async function stop({ underWay }: Explanation): Promise<void> {
  try {
    const told = await Promise.all(underWay.map((id) => server.request(CancelRunDocument, { id })));
    const problems = told.flatMap(({ cancelRun: cancelled }) => problemIn(cancelled) ?? []);
    openProblem.value = problems.find(({ code }) => code !== 'RUN_STATE');
  } catch (thrown) {
    openProblem.value = problemOf(thrown);
  }
}
