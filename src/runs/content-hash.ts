import { createHash } from 'node:crypto';
import { methodOf } from '../explain/attribution/methods/registry.ts';
import { circulationVersion } from '../explain/circulation/circulate.ts';
import { generationVersion } from '../explain/generation/generate.ts';
import type { Question, Subject } from './types.ts';

/**
 * Same model, question and method version: same hash, same run. Hex SHA-256. A model reads tokens: whether they were given as
 * a text, as ids or as messages makes no other question.
 * @param version of the arithmetic, where it is not this program's
 */
export function contentHash(
  { revision }: Pick<Subject, 'revision'>,
  question: Question,
  version = versionOf(question),
): string {
  const { kind, input } = question;
  const { messages: _, ...asked } = input;
  return createHash('sha256')
    .update(canonical({ revision, version, kind, input: asked }))
    .digest('hex');
}

/** What the run's answer is made by: raised when its figures change. */
export function versionOf(question: Question): number | readonly number[] {
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
