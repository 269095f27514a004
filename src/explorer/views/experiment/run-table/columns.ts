/** What the table of an experiment's runs tells of each, and how it is sorted. */
import type { ExperimentRunPartsFragment, ListedRunPartsFragment } from '../../../../client/generated/graphql.ts';
import { methodName } from '../../../format/method.ts';
import { labelOf, targetOf } from '../../run-list/label.ts';
import type { Sorting } from '../place.ts';

export type ExperimentRun = ListedRunPartsFragment & ExperimentRunPartsFragment;

export interface RunColumn {
  readonly name: string;
  readonly title: string;
  /** What it is sorted by; null where a run has none. */
  readonly of: (run: ExperimentRun) => number | string | null;
  /** Width, as of a CSS grid. */
  readonly width: string;
  readonly isNumber?: boolean;
}

export const columns: readonly RunColumn[] = [
  { name: 'pinned', title: '★', width: '2.4em', of: ({ pinned }) => (pinned ? 0 : 1) },
  { name: 'prompt', title: 'Prompt', width: 'minmax(13em, 3fr)', of: ({ input }) => input.prompt.text },
  { name: 'slots', title: 'Slots', width: 'minmax(8.5em, 1.5fr)', of: (run) => slotsOf(run) || null },
  { name: 'target', title: 'Target', width: 'minmax(9em, 1.5fr)', of: targetIn },
  { name: 'model', title: 'Model', width: '5.5em', of: ({ modelName }) => modelName },
  { name: 'method', title: 'Method', width: '7em', of: methodIn },
  { name: 'score', title: 'Score', width: '5.4em', isNumber: true, of: ({ score }) => score },
  {
    name: 'rank',
    title: 'Rank',
    width: '4.4em',
    isNumber: true,
    of: ({ targetRank }) => targetRank,
  },
  {
    name: 'probability',
    title: 'Prob.',
    width: '5.2em',
    isNumber: true,
    of: ({ targetProbability }) => targetProbability,
  },
  {
    name: 'audit',
    title: 'Audit',
    width: '4.8em',
    of: ({ auditPassed }) => (auditPassed === null ? null : auditPassed ? 1 : 0),
  },
  { name: 'took', title: 'Took', width: '4.8em', isNumber: true, of: secondsOf },
  { name: 'asked', title: 'Asked', width: '5.8em', of: ({ createdAt }) => createdAt },
  { name: 'status', title: 'Status', width: '6.8em', of: ({ status }) => status },
  { name: 'note', title: 'Note', width: 'minmax(6.5em, 1fr)', of: ({ note }) => note || null },
];

/** `Mary · John · store` */
export function slotsOf({ slots }: Pick<ExperimentRun, 'slots'>): string {
  return slots.map(({ value }) => value).join(' · ');
}

/** `' Mary' − ' John'` */
export function targetIn(run: ExperimentRun): string {
  const { input } = run;
  if (input.__typename !== 'LogitAttributionRequest') return labelOf(run, 1).target;
  return targetOf(input).replace(' rather than ', ' − ');
}

export function methodIn({ input }: ExperimentRun): string {
  if (input.__typename === 'LogitAttributionRequest') return methodName(input.method);
  return input.__typename === 'CirculationRequest' ? 'Circulation' : 'Answer';
}

/** From when it began to when it ended. */
export function secondsOf({ startedAt, finishedAt }: ExperimentRun): number | null {
  return startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : null;
}

/** Whether the server has them in this order: then further pages go on from what is there. */
export function isServersOrder({ by }: Sorting): boolean {
  return by === 'asked';
}

/** What has no such figure comes last, whichever the direction; what is equal keeps its order. */
export function sorted(runs: readonly ExperimentRun[], { by, ascending }: Sorting): readonly ExperimentRun[] {
  const column = columns.find(({ name }) => name === by);
  if (!column || by === 'asked') return runs;
  return runs
    .map((run) => ({ run, key: column.of(run) }))
    .sort(({ key: one }, { key: other }) => {
      if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
      const difference =
        typeof one === 'number' && typeof other === 'number' ? one - other : String(one).localeCompare(String(other));
      return ascending ? difference : -difference;
    })
    .map(({ run }) => run);
}

/** A column that is chosen again turns around. Figures are largest first, texts from A. */
export function nextSorting({ by, ascending }: Sorting, { name, isNumber }: RunColumn): Sorting {
  if (name === by) return { by, ascending: !ascending };
  return { by: name, ascending: !(isNumber || name === 'asked') };
}
