import { createHash } from 'node:crypto';
import type { AttributionMethod } from '../explain/attribution/result.ts';
import type { Question, Subject } from './types.ts';

/** Raised when a method's figures change: answers of before are then no longer replayed. */
const versions: Record<AttributionMethod | 'CIRCULATION', number> = {
  FROZEN: 2,
  GRADIENT: 2,
  ATTN_LRP: 2,
  INTEGRATED_GRADIENTS: 2,
  OCCLUSION: 2,
  ATTENTION_ROLLOUT: 2,
  CIRCULATION: 2,
};

/** Same model, question and method version: same hash, same run. Hex SHA-256. */
export function contentHash({ revision }: Pick<Subject, 'revision'>, question: Question): string {
  const version = versions[question.kind === 'CIRCULATION' ? 'CIRCULATION' : question.input.method];
  return createHash('sha256')
    .update(canonical({ revision, version, ...question }))
    .digest('hex');
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
