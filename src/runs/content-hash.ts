import { createHash } from 'node:crypto';
import { methodOf } from '../explain/attribution/methods/registry.ts';
import { circulationVersion } from '../explain/circulation/circulate.ts';
import { generationVersion } from '../explain/generation/generate.ts';
import type { Question, Subject } from './types.ts';

/** Same model, question and method version: same hash, same run. Hex SHA-256. */
export function contentHash({ revision }: Pick<Subject, 'revision'>, question: Question): string {
  const version = versionOf(question);
  return createHash('sha256')
    .update(canonical({ revision, version, ...question }))
    .digest('hex');
}

/** What the run's answer is made by: raised when its figures change. */
function versionOf(question: Question): number | readonly number[] {
  switch (question.kind) {
    case 'CIRCULATION':
      return circulationVersion;
    case 'LOGIT_ATTRIBUTION':
      return methodOf(question.input.method).version;
    case 'GENERATION': {
      const { attribution } = question.input;
      return [generationVersion, ...(attribution ? [methodOf(attribution.method).version] : [])];
    }
  }
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
