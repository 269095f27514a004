/** A run as a line of a file: all that is stored of it, in plain JSON, with its arrays as base64. */
import { z } from 'zod';
import { experimentName, experimentTags, longestDescription, longestNote } from '../labels.ts';
import { isRunId } from '../run-ids.ts';
import { runRecord } from '../run-record.ts';
import { storedText } from '../stored-text.ts';
import { runKinds } from '../types.ts';
import { faultIn, firstIssue, isHashOfQuestion } from './soundness.ts';
import type { StoredRun } from './stored-run.ts';

/** Characters of names, and of messages. */
const longest = { name: 500, message: 100_000 };

/** SQLite ends a text at NUL. */
const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => !value.includes('\0'), 'it holds the character NUL');

const named = (most: number) => text(most).min(1);
const date = z.iso.datetime({ precision: 3 });
const count = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const seconds = z.number().nullable();
const json = z.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

/** Bytes; a text that is not written as base64 is written is none. */
const base64 = z.string().transform((value, context) => {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.toString('base64') !== value) context.addIssue({ code: 'custom', message: 'it is no base64' });
  // A copy of its own: small buffers share one that others are written into.
  return new Uint8Array(bytes);
});

const provenance = z.object({
  program: named(longest.name),
  method: z.union([count, z.array(count)]),
  machine: z.object({
    processor: z.string(),
    cores: z.number(),
    memory: z.number(),
    platform: z.string(),
    onnxruntime: z.string(),
  }),
});

const profile = z.looseObject({
  queued: seconds,
  load: seconds,
  run: seconds,
  waited: seconds,
  forward: z.array(seconds),
  back: z.array(seconds),
  keptBytes: z.number(),
  sharedBy: z.number(),
});

const experiment = z.object({
  name: z.string().transform((name, context) => checked(context, () => experimentName('name', name))),
  description: z.string().max(longestDescription),
  tags: z.array(z.string()).transform((tags, context) => checked(context, () => experimentTags('tags', tags))),
});

const schema = z.object({
  id: z.string().refine(isRunId, 'it is no id of a run'),
  kind: z.enum(runKinds),
  status: z.enum(['COMPLETED', 'FAILED', 'CANCELLED']),
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
  model: z.object({ name: named(longest.name), revision: named(longest.name) }),
  input: json,
  promptText: z.string().nullable(),
  createdAt: date,
  startedAt: date.nullable(),
  finishedAt: date.nullable(),
  error: z.object({ code: named(longest.name), message: text(longest.message) }).nullable(),
  provenance: provenance.nullable(),
  profile: profile.nullable(),
  score: z.number().nullable(),
  auditPassed: z.boolean().nullable(),
  pinned: z.boolean(),
  note: z.string().max(longestNote),
  experiments: z.array(experiment),
  events: z.array(z.object({ seq: count, at: date, type: named(longest.name), payload: json, arrays: base64 })),
  parts: z
    .array(z.object({ name: named(longest.name), count, payload: z.unknown(), arrays: base64 }))
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'a part stands there twice'),
});

export function lineOf({ run, events, parts, experiments }: StoredRun): string {
  const { question, modelName, modelRevision, eventCount: _, storedBytes: __, ...record } = runRecord(run);
  return JSON.stringify({
    id: record.id,
    kind: question.kind,
    status: record.status,
    contentHash: record.contentHash,
    model: { name: modelName, revision: modelRevision },
    input: question.input,
    promptText: record.promptText,
    createdAt: record.createdAt,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    error: record.error,
    provenance: record.provenance,
    profile: record.profile,
    score: record.score,
    auditPassed: record.auditPassed,
    pinned: record.pinned,
    note: record.note,
    experiments,
    events: events.map(({ sequence, at, type, payload, arrays }) => ({
      seq: sequence,
      at,
      type,
      payload: JSON.parse(payload) as unknown,
      arrays: base64Of(arrays),
    })),
    parts: parts.map(({ name, count, payload, arrays }) => ({
      name,
      count,
      payload: JSON.parse(payload) as unknown,
      arrays: base64Of(arrays),
    })),
  });
}

/**
 * It answers its question from then on where its hash can be told to be that of the question: anything else would be an answer to
 * whatever somebody says it is one to.
 * @throws Error that says what is wrong with it
 */
export function runIn(line: string): StoredRun {
  const parsed = schema.safeParse(JSON.parse(line, withinBounds));
  if (!parsed.success) throw new Error(firstIssue(parsed.error));
  const { model, input, error, provenance, profile, promptText, events, parts, experiments, ...rest } = parsed.data;
  const run = {
    ...rest,
    answers: null,
    modelName: model.name,
    modelRevision: model.revision,
    input: JSON.stringify(input),
    method: null,
    promptText: promptText === null ? null : JSON.stringify(promptText),
    promptFolded: null,
    createdAt: new Date(rest.createdAt),
    startedAt: rest.startedAt === null ? null : new Date(rest.startedAt),
    finishedAt: rest.finishedAt === null ? null : new Date(rest.finishedAt),
    note: storedText(rest.note),
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
    eventCount: events.length,
    programVersion: provenance?.program ?? null,
    methodVersion: provenance && JSON.stringify(provenance.method),
    machine: provenance && JSON.stringify(provenance.machine),
    profile: profile && JSON.stringify(profile),
    storedBytes: 0,
    owner: '',
    shared: false,
    attempt: 1,
    worker: null,
  };
  const stored: StoredRun = {
    run,
    events: events.map(({ seq, at, type, payload, arrays }) => ({
      sequence: seq,
      at: new Date(at),
      type,
      payload: JSON.stringify(payload),
      arrays,
    })),
    parts: parts.map(({ payload, ...part }) => ({ ...part, payload: JSON.stringify(payload) })),
    experiments,
  };
  const fault = faultIn(stored);
  if (fault) throw new Error(fault);
  const answers = run.status === 'COMPLETED' && isHashOfQuestion(run) === true ? run.contentHash : null;
  return { ...stored, run: { ...run, answers } };
}

/** A label as `labels.ts` admits it. */
function checked<Label>(context: z.RefinementCtx, read: () => Label): Label {
  try {
    return read();
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
}

/** JSON has no infinity: a number that is read as one would be written as nothing. */
function withinBounds(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`the number of ${key} is too large`);
  return value;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
