import { createHash } from 'node:crypto';
import { methodOf } from '../explain/attribution/methods/registry.ts';
import { circulationVersion } from '../explain/circulation/circulate.ts';
import type { Question, Subject } from './types.ts';

/** Same model, question and method version: same hash, same run. Hex SHA-256. */
export function contentHash({ revision }: Pick<Subject, 'revision'>, question: Question): string {
  const version = question.kind === 'CIRCULATION' ? circulationVersion : methodOf(question.input.method).version;
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
