/** How whatever makes runs is told to which experiment they belong. */
import { experimentName, longestName } from '../../runs/labels.ts';
import type { Asking } from '../../runs/types.ts';

/** The argument `experiment` of whatever makes runs. */
export const experimentArgument = {
  description: `The name of an experiment that the run joins, whether it is made for this request or was there before; an experiment that is not there is made. At most ${longestName} characters, spaces around it aside. Default: none.`,
} as const;

/** @throws TributaryError INPUT for what is no name */
export function joining(experiment: string | null | undefined): Pick<Asking, 'experiments'> {
  return typeof experiment === 'string' ? { experiments: [experimentName('experiment', experiment)] } : {};
}
