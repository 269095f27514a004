/** The rows that follow from what a sweep is asked. */
import { setImmediate } from 'node:timers/promises';
import { inputError, TributaryError, within } from '../../errors.ts';
import type { PlannedRow } from '../../experiments/sweeps/row.ts';
import { requireKnownSlots } from '../../experiments/sweeps/template.ts';
import type { OwnRuns } from '../../runs/own-runs.ts';
import type { Context } from '../builder.ts';
import { requireDistinct, type SweepOperation, type SweptPrompt, type SweptQuestion } from './operations/operation.ts';
import { sweepOperations } from './operations/registry.ts';
import { type PromptSource, promptSource } from './prompt-source.ts';
import { mostOperations, type SweepInput } from './request.ts';

export interface PlannedRows {
  readonly count: number;
  /**
   * Model by model; of a model operation by operation, and of that question by question, so that rows which can be computed
   * together follow one another. Then prompt by prompt, of each target by target. From the first on, each time they are read.
   * @throws TributaryError INPUT where a row of a file lacks what it needs, or a draw comes to too few
   */
  readonly rows: AsyncIterable<PlannedRow>;
}

/** A question, and where its operation stands in the input. */
interface Asked {
  readonly path: string;
  readonly operation: SweepOperation;
  readonly question: SweptQuestion;
}

/** Prompts that are made before others have their turn. */
const together = 256;

/**
 * @throws TributaryError INPUT for whatever is wrong with the input, tried on the first prompt too, and for more rows than a
 * sweep may have; UNKNOWN_MODEL, CHECKPOINT
 */
export async function plannedRows(
  { rows, models, operations }: typeof SweepInput.$inferInput,
  {
    catalogue,
    runs,
    maxSweepRows,
  }: Pick<Context, 'catalogue' | 'maxSweepRows'> & { readonly runs: Pick<OwnRuns, 'uploads'> },
): Promise<PlannedRows> {
  requireDistinct('input.models', models);
  const asked = questionsIn(operations);
  const source = await promptSource(rows, slotsUsed(asked), runs.uploads);
  for (const { path, question } of asked)
    within(path, () => {
      for (const { path, template } of question.templates) requireKnownSlots(template, source.slots, path);
    });
  const count = rowCount(source, models.length, asked, maxSweepRows);
  const opened = await Promise.all(models.map((name) => catalogue.get(name)));
  const first = await firstOf(source);
  for (const model of opened)
    for (const { path, operation, question } of asked)
      asOf(path, () => question.rows(model.name, first).forEach((row) => void operation.ask(model, row)));
  return { count, rows: { [Symbol.asyncIterator]: () => rowsOf(source, models, asked) } };
}

async function* rowsOf(
  source: PromptSource,
  models: readonly string[],
  asked: readonly Asked[],
): AsyncGenerator<PlannedRow, void> {
  let made = 0;
  for (const model of models)
    for (const { question } of asked)
      for await (const prompt of source.prompts()) {
        for (const request of question.rows(model, prompt)) yield { slots: prompt.slots, request };
        if (++made % together === 0) await setImmediate();
      }
}

function questionsIn(operations: (typeof SweepInput.$inferInput)['operations']): Asked[] {
  if (operations.length < 1 || operations.length > mostOperations)
    throw inputError('input.operations', `A sweep has 1 to ${mostOperations} operations, not ${operations.length}`);
  return operations.flatMap((given: Readonly<Record<string, unknown>>, index) => {
    const operation = sweepOperations.find(({ operation }) => given[operation]);
    if (!operation) throw new Error('An operation of a sweep has no name, which the schema sees to');
    const path = `input.operations.${index}.${operation.operation}`;
    const questions = within(path, () => operation.questions(given[operation.operation]));
    return questions.map((question) => ({ path, operation, question }));
  });
}

function slotsUsed(asked: readonly Asked[]): ReadonlySet<string> {
  return new Set(asked.flatMap(({ question }) => question.templates.flatMap(({ template }) => [...template.slots])));
}

/** @throws TributaryError INPUT for more than a sweep may have */
function rowCount(
  { count, exact, path, remedy }: PromptSource,
  models: number,
  asked: readonly Asked[],
  most: number,
): number {
  const each = asked.reduce((sum, { question }) => sum + question.count, 0);
  const rows = count * BigInt(models * each);
  if (rows <= BigInt(most)) {
    if (exact) return Number(rows);
    throw inputError(
      path,
      `How many of the ${count} combinations differ where they are to cannot be counted: ${remedy}`,
    );
  }
  throw inputError(
    path,
    `${exact ? '' : 'Up to '}${count} prompts, asked ${each} times of ${models === 1 ? 'a model' : `${models} models`}, are ${rows} rows; a sweep has at most ${most}: ${remedy}`,
  );
}

async function firstOf(source: PromptSource): Promise<SweptPrompt> {
  for await (const prompt of source.prompts()) return prompt;
  throw new Error('A sweep has no prompt, though it was counted');
}

/** What is wrong with the first prompt itself, or with its target, is told of its row; what is wrong with the operation's input, of all. */
function asOf(path: string, ask: () => void): void {
  try {
    ask();
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error;
    if (error.code === 'INPUT')
      throw inputError(`${path}.${String(error.details.field).replace(/^input\./, '')}`, error.message);
  }
}
