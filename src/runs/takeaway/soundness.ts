/** Whether what is stored of a run is a whole: so it is asked before it is taken along, when it was brought, and by `verify`. */
import { z } from 'zod';
import { answersOf } from '../access.ts';
import { contentHash, versionOf } from '../content-hash.ts';
import { decode, type Encoded } from '../encoding.ts';
import { runRecord } from '../run-record.ts';
import { isOver, type Question, type RunKind, type RunStatus } from '../types.ts';
import { questionSchema } from './question-schema.ts';
import type { RunRow, StoredRun } from './stored-run.ts';

/** Of each kind, what is told before the end. */
const steps: Readonly<Record<RunKind, readonly string[]>> = {
  LOGIT_ATTRIBUTION: ['STARTED', 'FORWARD', 'REVERSE', 'PROGRESS'],
  CIRCULATION: ['STARTED', 'LAYER'],
  GENERATION: ['STARTED', 'TOKEN', 'ATTRIBUTED'],
};

/** What everybody reads of an answer. */
const summarySchema = z.object({
  target: z.object({ position: z.int(), token: z.int(), logit: z.number(), probability: z.number(), rank: z.number() }),
  tokens: z.instanceof(Float32Array),
  bias: z.number(),
  audit: z.object({ logit: z.number(), sum: z.number(), passed: z.boolean() }),
});

/** What is wrong with a run, to be told whoever looks after it. */
class Fault extends Error {}

/** @returns undefined for one that is sound */
export function faultIn(stored: StoredRun): string | undefined {
  try {
    runRecord(stored.run);
    verifyQuestion(stored.run);
    verifyEvents(stored);
    verifyParts(stored);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    // Nested deeper than JSON is written, for one.
    return `it cannot be read: ${(error as Error).message}`;
  }
}

/** Is the hash that of the question, by what is known of the version that answered it? Undefined where that is not known. */
export function isHashOfQuestion(run: RunRow): boolean | undefined {
  const question = { kind: run.kind, input: JSON.parse(run.input) } as Question;
  const revision = run.modelRevision;
  const version = run.methodVersion === null ? versionOf(question) : (JSON.parse(run.methodVersion) as number);
  if (contentHash({ revision }, question, version) === run.contentHash) return true;
  return run.methodVersion === null ? undefined : false;
}

/** The first that a schema finds wrong. */
export function firstIssue({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') || 'the line'}: ${issue?.message}`;
}

function verifyQuestion(run: RunRow): void {
  const parsed = questionSchema.safeParse({ kind: run.kind, input: JSON.parse(run.input) });
  if (!parsed.success) throw new Fault(`its question is none, ${firstIssue(parsed.error)}`);
  if (isHashOfQuestion(run) === false)
    throw new Fault('its content hash is not that of its question, model and version; one of them was changed');
  const answers = answersOf(run.contentHash, run.owner);
  if (run.answers !== null && (run.answers !== answers || ['FAILED', 'CANCELLED'].includes(run.status)))
    throw new Fault('it is found for a question that it does not answer');
  if (run.promptText !== null && typeof JSON.parse(run.promptText) !== 'string')
    throw new Fault('the text of its prompt is none');
}

function verifyEvents({ run, events }: StoredRun): void {
  if (events.length !== run.eventCount) throw new Fault(`it has ${events.length} events, and says ${run.eventCount}`);
  const known = steps[run.kind as RunKind];
  const isEnded = isOver(run.status as RunStatus);
  for (const [index, event] of events.entries()) {
    const { sequence, type } = event;
    if (sequence !== index) throw new Fault(`event ${index} is missing: event ${sequence} stands in its place`);
    const isEnd = isEnded && index === events.length - 1;
    if (isEnd ? type !== run.status : !known.includes(type))
      throw new Fault(`event ${index} of a ${run.status} ${run.kind} cannot be ${type}`);
    const step = verifyArrays(event, `event ${index}`);
    if (typeof step !== 'object' || step === null || Array.isArray(step))
      throw new Fault(`event ${index} is no object`);
  }
  // Attributions of before 0.2 have told nothing.
  if (isEnded && events.length === 0 && !(run.kind === 'LOGIT_ATTRIBUTION' && run.status === 'COMPLETED'))
    throw new Fault(`it is ${run.status}, and none of its events says so`);
}

function verifyParts({ run, parts }: StoredRun): void {
  const isAnswered = run.kind === 'LOGIT_ATTRIBUTION' && run.status === 'COMPLETED';
  if (!isAnswered && parts.length > 0) throw new Fault(`a ${run.status} ${run.kind} has no answer, and parts of one`);
  for (const part of parts) verifyArrays(part, `part ${part.name}`);
  if (!isAnswered) return;
  const summary = parts.find(({ name }) => name === 'summary');
  if (!summary) throw new Fault('the summary of its answer is missing');
  const parsed = summarySchema.safeParse(decode(summary));
  if (!parsed.success) throw new Fault(`the summary of its answer is none, ${firstIssue(parsed.error)}`);
}

/** The references into the arrays have to follow one another, from the first number to the last: so `encode` writes them. */
function verifyArrays({ payload, arrays }: Encoded, where: string): unknown {
  let length = 0;
  const value: unknown = JSON.parse(payload, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, '$floats')) return part;
    const { $floats: reference } = part as { $floats: unknown };
    const [start, count] = Array.isArray(reference) ? (reference as unknown[]) : [];
    if (start !== length || !Number.isSafeInteger(count) || (count as number) < 0)
      throw new Fault(`${where} refers to numbers that are not next in its arrays`);
    length += count as number;
    return part;
  });
  if (4 * length !== arrays.byteLength)
    throw new Fault(`${where} refers to ${4 * length} bytes of arrays, and has ${arrays.byteLength}`);
  return value;
}
