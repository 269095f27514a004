/** What is said of a worker. */
import type { WorkerPartsFragment } from '../../../client/generated/graphql.ts';
import { bytes, rounded } from '../../format/number.ts';
import { ago } from '../../format/time.ts';

/** `idle`, `1 of 2 places busy`. */
export function busyOf({ running, places }: Pick<WorkerPartsFragment, 'running' | 'places'>): string {
  if (running === 0) return places === 1 ? 'idle' : `idle, ${places} places`;
  return `${running} of ${places} ${places === 1 ? 'place' : 'places'} busy`;
}

/** `1.2 GB of 8 GB`. */
export function memoryOf({ memory: { used, total } }: Pick<WorkerPartsFragment, 'memory'>): string {
  return `${bytes(used)} of ${bytes(total)}`;
}

/** `120 GFLOP/s · started 4 min ago · version 0.2.0`. @param now milliseconds, as of `Date.now` */
export function aboutOf(
  { speed, startedAt, program }: Pick<WorkerPartsFragment, 'speed' | 'startedAt' | 'program'>,
  now: number,
): string {
  const measured = speed ? [`${rounded(Number((speed.flops / 1e9).toPrecision(2)))} GFLOP/s`] : [];
  return [...measured, `started ${ago(startedAt, now)}`, `version ${program}`].join(' · ');
}
