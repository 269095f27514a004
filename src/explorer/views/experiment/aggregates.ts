/** What the runs of an experiment come to, in words. */
import type { RunAggregatesPartsFragment } from '../../../client/generated/graphql.ts';
import { methodName } from '../../format/method.ts';
import { percent, signed } from '../../format/number.ts';

export type Aggregates = RunAggregatesPartsFragment;

const kinds = { LOGIT_ATTRIBUTION: 'Attribution', CIRCULATION: 'Circulation', GENERATION: 'Answer' } as const;

/** `12,000` */
export function counted(count: number): string {
  return count.toLocaleString('en');
}

/** `1 run`, `12,000 runs` */
export function runs(count: number): string {
  return `${counted(count)} ${count === 1 ? 'run' : 'runs'}`;
}

/** `998 completed, 2 failed`; of one status alone nothing but that. */
export function byStatus({ byStatus: all }: Pick<Aggregates, 'byStatus'>): string {
  return all
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${counted(count)} ${status.toLowerCase()}`)
    .join(', ');
}

export interface MethodScore {
  /** `Frozen`; of runs without a method their kind. */
  readonly name: string;
  /** `+4.21`; a dash where none has a score. */
  readonly score: string;
  /** `60 runs, all audits passed` */
  readonly of: string;
}

export function scoresByMethod({ byMethod }: Pick<Aggregates, 'byMethod'>): MethodScore[] {
  return byMethod.map(({ kind, method, count, meanScore, auditsPassed }) => ({
    name: method ? `${methodName(method)}${kind === 'GENERATION' ? ' answer' : ''}` : kinds[kind],
    score: meanScore === null ? '–' : signed(meanScore),
    of: [runs(count), auditsPassed === null ? '' : `${share(auditsPassed)} audits passed`].filter(Boolean).join(', '),
  }));
}

function share(passed: number): string {
  return passed === 1 ? 'all' : passed === 0 ? 'no' : `${percent(passed)} of`;
}

/** `all of 998`, `99.8 % of 998`; a dash where none has an audit. */
export function audits({ audited, auditsPassed }: Pick<Aggregates, 'audited' | 'auditsPassed'>): string {
  if (audited === 0 || auditsPassed === null) return '–';
  return auditsPassed === 1 ? `all of ${counted(audited)}` : `${percent(auditsPassed)} of ${counted(audited)}`;
}
