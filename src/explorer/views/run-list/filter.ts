/** What of the list is looked for. */
import type { AttributionMethod, RunFilter, RunKind, RunStatus } from '../../../client/generated/graphql.ts';

/** As it is chosen; an empty text admits all. */
export interface FilterChoice {
  readonly prompt: string;
  readonly model: string;
  readonly kind: RunKind | '';
  readonly method: AttributionMethod | '';
  readonly status: keyof typeof statuses | '';
  readonly since: keyof typeof spans | '';
}

export const anyRun: FilterChoice = { prompt: '', model: '', kind: '', method: '', status: '', since: '' };

export const kinds: Readonly<Record<RunKind, string>> = {
  LOGIT_ATTRIBUTION: 'Attributions',
  CIRCULATION: 'Circulations',
  GENERATION: 'Answers',
};

export const statuses = {
  'Under way': ['QUEUED', 'RUNNING'],
  Completed: ['COMPLETED'],
  Failed: ['FAILED'],
  Cancelled: ['CANCELLED'],
} as const satisfies Readonly<Record<string, readonly RunStatus[]>>;

/** Seconds. */
export const spans = { 'Last hour': 3600, 'Last day': 86_400, 'Last week': 604_800 } as const;

/** @param now milliseconds, as of `Date.now` */
export function filterOf({ prompt, model, kind, method, status, since }: FilterChoice, now: number): RunFilter {
  return {
    ...(prompt && { prompt }),
    ...(model && { model }),
    ...(kind && { kinds: [kind] }),
    ...(method && { methods: [method] }),
    ...(status && { statuses: [...statuses[status]] }),
    ...(since && { createdAfter: new Date(now - spans[since] * 1000).toISOString() }),
  };
}
