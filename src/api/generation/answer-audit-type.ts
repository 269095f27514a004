/** Whether the scores of a whole answer add up, in GraphQL. */
import { tolerance } from '../../explain/attribution/audit.ts';
import type { AuditResult } from '../../explain/attribution/result.ts';
import { builder } from '../builder.ts';
import { extent } from '../expected-size.ts';

/** Of each token of the answer. */
export interface AnswerAuditValue {
  readonly audits: readonly AuditResult[];
}

export const AnswerAudit = builder.objectRef<AnswerAuditValue>('AnswerAudit').implement({
  description: 'Does it add up? `Audit` of each token of an answer, all together.',
  fields: (t) => ({
    tokens: t.int({ description: 'How many tokens the answer has.', resolve: ({ audits }) => audits.length }),
    passed: t.int({
      description: 'How many of them add up.',
      resolve: ({ audits }) => audits.filter(({ passed }) => passed).length,
    }),
    gaps: t.floatList({
      ...extent(({ answer = 0 }) => answer),
      description:
        'What each token leaves: its `values`, less the sum of its row of `matrix`, its `bias` and its `intercept`.',
      resolve: ({ audits }) => audits.map(({ gap }) => gap),
    }),
    relativeGaps: t.floatList({
      ...extent(({ answer = 0 }) => answer),
      description: 'The same as `Audit.relativeGap`, of each.',
      resolve: ({ audits }) => audits.map(({ relativeGap }) => relativeGap),
    }),
    largestRelativeGap: t.float({
      description: 'The largest of them.',
      resolve: ({ audits }) => audits.reduce((most, { relativeGap }) => Math.max(most, relativeGap), 0),
    }),
    tolerance: t.float({
      description: 'What rounding in float32 may leave as relative gap.',
      resolve: ({ audits }) => audits[0]?.tolerance ?? tolerance,
    }),
  }),
});
