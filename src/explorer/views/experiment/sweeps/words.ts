/** How a sweep stands, in words. */
import type { SweepPartsFragment } from '../../../../client/generated/graphql.ts';
import { duration, rounded } from '../../../format/number.ts';
import { counted } from '../aggregates.ts';

type State = SweepPartsFragment;

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
