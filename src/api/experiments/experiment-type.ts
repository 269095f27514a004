/** The Experiment type's name, apart from its fields: runs show their experiments, and an experiment shows its runs. */
import type { ExperimentRecord } from '../../runs/experiment-list.ts';
import { builder } from '../builder.ts';
import { globalIdOf } from '../global-id.ts';

export const Experiment = builder.objectRef<ExperimentRecord>('Experiment');

/** The experiment that a client's id names; an id of anything else names no experiment. */
export function experimentIdOf(id: string): string {
  const named = globalIdOf(id);
  return named?.typename === 'Experiment' ? named.id : id;
}
