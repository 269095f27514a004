/** What is explained, in words. */
import type { TargetKind } from '../../client/generated/graphql.ts';
import { quoted, type ShownToken } from './token.ts';

export interface TargetWords {
  /** `' Mary'`; of a contrast `' Mary' rather than ' John'`. */
  readonly name: string;
  /** `logit`, `logit difference`, `probability`, … */
  readonly value: string;
  /** Of contributions: `logits`, `nats`, `probability`. */
  readonly unit: string;
}

interface WordedTarget {
  /** Null: the model's own choice, as long as nobody knows it. */
  readonly token: ShownToken | null;
  readonly against: ShownToken | null;
  readonly kind: TargetKind;
}

const words: Readonly<Record<TargetKind, { readonly value: string; readonly unit: string }>> = {
  LOGIT: { value: 'logit', unit: 'logits' },
  LOG_PROBABILITY: { value: 'log-probability', unit: 'nats' },
  PROBABILITY: { value: 'probability', unit: 'probability' },
};

export function targetWords({ token, against, kind }: WordedTarget): TargetWords {
  const { value, unit } = words[kind];
  const first = token ? quoted(token) : 'the first choice';
  if (!against) return { name: first, value, unit };
  return { name: `${first} rather than ${quoted(against)}`, value: `${value} difference`, unit };
}

/** `1st`, `2nd`, `3rd`, `58th`. */
export function ordinal(rank: number): string {
  const ten = rank % 100;
  const ending = ten > 10 && ten < 14 ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[rank % 10] ?? 'th');
  return `${rank}${ending}`;
}
