/** What a sweep would take, and how it stands, in words. */
import type { EstimateSweepQuery, SweepPartsFragment } from '../../../../client/generated/graphql.ts';
import { bytes, duration, rounded } from '../../../format/number.ts';
import { counted } from '../aggregates.ts';

type State = SweepPartsFragment;
export type Estimate = Extract<EstimateSweepQuery['estimateSweep'], { __typename: 'SweepEstimate' }>;

/** `running`, `completed in 42 s`, `cancelled` */
export function statusInWords({
  status,
  createdAt,
  finishedAt,
}: Pick<State, 'status' | 'createdAt' | 'finishedAt'>): string {
  if (status !== 'COMPLETED' || !finishedAt) return status.toLowerCase();
  return `completed in ${duration((Date.parse(finishedAt) - Date.parse(createdAt)) / 1000)}`;
}

/** `640 of 1,000 rows: 630 answered, 10 of them before, 10 failed; 12.5 rows a second, about 29 s left` */
export function progressInWords({
  rowCount,
  done,
  failed,
  found,
  left,
  status,
  rowsPerSecond,
  secondsLeft,
}: State): string {
  const parts = [
    `${counted(done)} answered`,
    found > 0 && `${counted(found)} of them before`,
    failed > 0 && `${counted(failed)} failed`,
    left > 0 && `${counted(left)} left`,
  ].filter(Boolean);
  const speed = [
    status === 'RUNNING' && rowsPerSecond !== null && `${rounded(rowsPerSecond)} rows a second`,
    status === 'RUNNING' && secondsLeft !== null && `about ${duration(secondsLeft)} left`,
  ].filter(Boolean);
  const ended = `${counted(done + failed)} of ${counted(rowCount)} ${rowCount === 1 ? 'row' : 'rows'}`;
  return `${ended}: ${parts.join(', ')}${speed.length > 0 ? `; ${speed.join(', ')}` : ''}`;
}

/** `1,000 rows, 12 of them answered already: about 40 s, 35 MB stored, at most 1.2 GB of memory.` */
export function costInWords({
  rows,
  failing,
  distinct,
  stored,
  seconds,
  storedBytes,
  peakMemory,
}: Omit<Estimate, 'examples'>): string {
  const notes = [
    distinct < rows && `${counted(distinct)} of them different`,
    stored > 0 && `${counted(stored)} answered already`,
    failing > 0 && `${counted(failing)} cannot be asked`,
  ].filter(Boolean);
  const count = `${counted(rows)} ${rows === 1 ? 'row' : 'rows'}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
  return `${count}: about ${duration(seconds)}, ${bytes(storedBytes)} on disk, ${bytes(peakMemory)} of memory at the most.`;
}
