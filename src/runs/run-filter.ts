/** Which runs are looked for, and what is stored so that they are found. */
import { folded } from './folded.ts';
import type { Prisma } from './generated/client.ts';
import { firstOf } from './run-ids.ts';
import type { Question, RunKind, RunStatus, Subject } from './types.ts';

/** Every condition that is given holds; of a list, one of it. */
export interface RunFilter {
  readonly kinds?: readonly RunKind[] | null | undefined;
  readonly statuses?: readonly RunStatus[] | null | undefined;
  readonly model?: string | null | undefined;
  /** Of attributions, and of generations whose tokens are explained; other runs have none. */
  readonly methods?: readonly string[] | null | undefined;
  /** What the text of the prompt contains, in letters of any case. */
  readonly prompt?: string | null | undefined;
  /** At or after it. */
  readonly createdAfter?: Date | null | undefined;
  readonly createdBefore?: Date | null | undefined;
  /** The name of an experiment that they belong to, as of `experimentName`. */
  readonly experiment?: string | null | undefined;
  /** Whose experiment that is; absent: nobody's. */
  readonly experimentOwner?: string | undefined;
  /** Whose they are; absent: whosever. */
  readonly owner?: string | undefined;
  readonly pinned?: boolean | null | undefined;
}

/**
 * Characters of a text that SQLite looks for: at each place of a prompt it compares as many as agree, which takes it long
 * where both are of few letters.
 */
const longestBeginning = 16;

/** Does a filter admit a run, whatever experiments that belongs to? */
export function admits(
  { kinds, statuses, model, methods, prompt, createdAfter, createdBefore, pinned, owner }: RunFilter,
  run: Prisma.RunGetPayload<object>,
): boolean {
  const isOneOf = (value: string | null, values: readonly string[] | null | undefined) =>
    !values || (value !== null && values.includes(value));
  return (
    (owner === undefined || run.owner === owner) &&
    isOneOf(run.kind, kinds) &&
    isOneOf(run.status, statuses) &&
    isOneOf(run.modelName, typeof model === 'string' ? [model] : undefined) &&
    isOneOf(run.method, methods) &&
    (typeof pinned !== 'boolean' || run.pinned === pinned) &&
    // A run is of the moment in its id.
    (!createdAfter || run.id >= firstOf(createdAfter)) &&
    (!createdBefore || run.id < firstOf(createdBefore)) &&
    // Every prompt contains the empty text, also one that is not known.
    (!prompt || (run.promptFolded?.includes(folded(prompt)) ?? false))
  );
}

/** What SQLite looks for of a text; JavaScript's search for the rest does not slow down for any. */
export function beginningOf(text: string): string {
  return Array.from(text).slice(0, longestBeginning).join('');
}

/** What of a question is stored beside it. */
export function searchable(
  { textOf }: Pick<Subject, 'textOf'>,
  question: Question,
): Pick<Prisma.RunCreateInput, 'method' | 'promptText' | 'promptFolded'> {
  const text = textOf?.(question.input.inputIds);
  const method = methodIn(question);
  return {
    ...(method !== undefined && { method }),
    ...(text !== undefined && { promptText: JSON.stringify(text), promptFolded: folded(text) }),
  };
}

function methodIn({ kind, input }: Question): string | undefined {
  switch (kind) {
    case 'LOGIT_ATTRIBUTION':
      return input.method;
    case 'GENERATION':
      return input.attribution?.method;
    case 'CIRCULATION':
      return undefined;
  }
}
