/** Runs as a table in long form: a row for each token that a run says something of. The same for CSV and Parquet. */
import type { AttributionResult, AuditResult } from '../../explain/attribution/result.ts';
import type { CirculationStep } from '../../explain/circulation/event.ts';
import type { GenerationStep } from '../../explain/generation/event.ts';
import type { TargetResult } from '../../inference/target.ts';
import { decode } from '../encoding.ts';
import { runRecord } from '../run-record.ts';
import type { RunRecord } from '../types.ts';
import type { Exporting } from './export.ts';
import type { StoredRun } from './stored-run.ts';

/** What tokens are called, of a run whose model is there. */
export interface TokenTexts {
  /** The prompt, decoded; null where nobody can tell it. */
  readonly prompt: string | null;
  /** A token as decoded; null where the model is gone. */
  readonly token: (id: number) => string | null;
}

/** Of a run. */
export type TextsOf = (run: RunRecord) => Promise<TokenTexts>;

type Value = string | number | boolean | Date | null;

/** By the names of the columns. */
export type TokenRow = { readonly [Name in ColumnName]: Value };

export interface Column {
  readonly name: ColumnName;
  /** As Parquet has it; null is possible in each. */
  readonly type: 'STRING' | 'TIMESTAMP' | 'INT32' | 'DOUBLE' | 'BOOLEAN';
}

/** In the order in which they stand. */
const types = {
  run: 'STRING',
  experiments: 'STRING',
  kind: 'STRING',
  model: 'STRING',
  method: 'STRING',
  created: 'TIMESTAMP',
  prompt: 'STRING',
  position: 'INT32',
  token_id: 'INT32',
  token: 'STRING',
  score: 'DOUBLE',
  target_position: 'INT32',
  target_id: 'INT32',
  target: 'STRING',
  against_id: 'INT32',
  against: 'STRING',
  target_kind: 'STRING',
  logit: 'DOUBLE',
  probability: 'DOUBLE',
  rank: 'INT32',
  value: 'DOUBLE',
  bias: 'DOUBLE',
  audit_passed: 'BOOLEAN',
} as const;

type ColumnName = keyof typeof types;

export const columns: readonly Column[] = (Object.keys(types) as ColumnName[]).map((name) => ({
  name,
  type: types[name],
}));

/** All that rows are made of; attributions have theirs in a part, the others in their events. */
export const readingOfRows: Exporting = {
  statuses: ['COMPLETED'],
  wanted: { parts: ['summary'], events: ['TOKEN', 'ATTRIBUTED', 'COMPLETED'] },
};

/** @param stored as `readingOfRows` reads it */
export async function* tokenRows(stored: StoredRun, textsOf: TextsOf): AsyncGenerator<TokenRow, void> {
  const run = runRecord(stored.run);
  const texts = await textsOf(run);
  const common = {
    run: run.id,
    experiments: stored.experiments.map(({ name }) => name).join('; '),
    kind: run.question.kind,
    model: run.modelName,
    method: stored.run.method,
    created: run.createdAt,
    prompt: texts.prompt,
  };
  for (const said of saidOf(run, stored)) yield { ...common, ...named(said, texts) };
}

/** What a run says of a token. */
interface Said {
  readonly position: number;
  readonly token: number | null;
  readonly score: number | null;
  readonly target: Pick<TargetResult, 'position' | 'token' | 'against' | 'kind' | 'logit' | 'probability' | 'rank'>;
  readonly audit: Pick<AuditResult, 'logit' | 'passed'> | undefined;
  /** Undefined where nothing adds up to anything. */
  readonly bias: number | undefined;
}

function named({ position, token, score, target, audit, bias }: Said, texts: TokenTexts) {
  const text = (id: number | null) => (id === null ? null : texts.token(id));
  return {
    position,
    token_id: token,
    token: text(token),
    score,
    target_position: target.position,
    target_id: target.token,
    target: text(target.token),
    against_id: target.against,
    against: text(target.against),
    target_kind: target.kind ?? 'LOGIT',
    logit: target.logit,
    probability: target.probability,
    rank: target.rank,
    value: bias === undefined ? null : (audit?.logit ?? null),
    bias: bias ?? null,
    audit_passed: audit?.passed ?? null,
  };
}

function saidOf(run: RunRecord, { events, parts }: StoredRun): Iterable<Said> {
  const steps = events.map(({ type, payload, arrays }) => ({ type, ...decode<object>({ payload, arrays }) }));
  switch (run.question.kind) {
    case 'LOGIT_ATTRIBUTION': {
      const [summary] = parts;
      return summary ? ofAttribution(run, decode(summary)) : [];
    }
    case 'CIRCULATION':
      return ofCirculation(run, steps as CirculationStep[]);
    case 'GENERATION':
      return ofGeneration(run, steps as GenerationStep[]);
  }
}

/** Each token of the prompt: scores and bias add up to the value. */
function* ofAttribution(
  { question: { input } }: RunRecord,
  { tokens, target, audit, bias }: Omit<AttributionResult, 'grains'>,
): Generator<Said> {
  for (const [position, score] of tokens.entries())
    yield { position, token: input.inputIds[position] ?? null, score, target, audit, bias };
}

/** Each tracked token: its share of the target's logit after the last block. */
function* ofCirculation({ question: { input } }: RunRecord, steps: readonly CirculationStep[]): Generator<Said> {
  for (const step of steps) {
    if (step.type !== 'COMPLETED') continue;
    const { target, audit } = step;
    for (const { position, score } of step.tracked)
      yield { position, token: input.inputIds[position] ?? null, score, target, audit, bias: undefined };
  }
}

/** Each token of the answer, which is its own target; its audit where it is explained. */
function* ofGeneration({ question: { input } }: RunRecord, steps: readonly GenerationStep[]): Generator<Said> {
  const explained = new Map(steps.flatMap((step) => (step.type === 'ATTRIBUTED' ? [[step.index, step] as const] : [])));
  for (const step of steps) {
    if (step.type !== 'TOKEN') continue;
    const { index, token, logit, probability, rank } = step;
    const position = input.inputIds.length + index;
    const attribution = explained.get(index);
    yield {
      position,
      token,
      score: null,
      target: {
        position: position - 1,
        token,
        against: null,
        kind: attribution?.target.kind,
        logit,
        probability,
        rank,
      },
      audit: attribution?.audit,
      bias: attribution?.bias,
    };
  }
}
