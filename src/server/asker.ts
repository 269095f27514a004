/** Who asks, and of whom: what a server has is reached by them as far as it is theirs. */
import type { Context, SharedContext } from '../api/builder.ts';
import { OwnSweeps } from '../experiments/sweeps/own-sweeps.ts';
import type { SweepService } from '../experiments/sweeps/service.ts';
import { accessOf } from '../runs/access.ts';
import { OwnRuns } from '../runs/own-runs.ts';
import type { RunService } from '../runs/service.ts';

/** What is the same for every request. What is stored is in it as a whole, which no resolver is given. */
export interface ServerContext {
  readonly shared: SharedContext;
  readonly runs: RunService;
  readonly sweeps: SweepService;
}

/** What all executions of a request have in common. */
export type Asker = Omit<Context, 'signal'>;

export function askerOf({ shared, runs, sweeps }: ServerContext, asking: Pick<Context, 'client' | 'principal'>): Asker {
  const access = accessOf(asking.principal);
  return { ...shared, ...asking, runs: new OwnRuns(runs, access), sweeps: new OwnSweeps(sweeps, access) };
}
