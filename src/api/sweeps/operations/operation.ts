/** Operations that a sweep can ask: each one's is a file in this folder. */
import type { InputRef } from '@pothos/core';
import { inputError } from '../../../errors.ts';
import type { AskedRow, RowRequest, SweepOperationName } from '../../../experiments/sweeps/row.ts';
import type { Slots } from '../../../experiments/sweeps/slots.ts';
import type { Template } from '../../../experiments/sweeps/template.ts';
import type { CatalogueModel } from '../../../inference/catalogue.ts';
import type { PromptInput } from '../../models/prompt.ts';

/** A prompt of a sweep. */
export interface SweptPrompt {
  readonly prompt: PromptInput;
  readonly slots: Slots;
}

/** A text with slots, and where it stands in the operation's input. */
export interface PlacedTemplate {
  readonly path: string;
  readonly template: Template;
}

/** What is asked of every prompt. Rows of one question can be computed together, and follow one another. */
export interface SweptQuestion {
  /** Rows that it makes of a prompt. */
  readonly count: number;
  /** Texts whose slots every prompt has to have. */
  readonly templates: readonly PlacedTemplate[];
  readonly rows: (model: string, prompt: SweptPrompt) => readonly RowRequest[];
}

/** One operation. */
export interface SweepOperation<Input = unknown> {
  /** Its field of `SweepOperationInput`: its own name. */
  readonly operation: SweepOperationName;
  readonly description: string;
  /** What it is asked, of whichever model and prompt. */
  readonly type: InputRef<Input>;
  /** @throws TributaryError INPUT, as of the input */
  readonly questions: (input: Input) => readonly SweptQuestion[];
  /** A row as it is asked. @throws TributaryError as the operation */
  readonly ask: (model: CatalogueModel, row: RowRequest) => AskedRow;
}

/** Of whichever input. */
export function sweepOperation<Input>(operation: SweepOperation<Input>): SweepOperation {
  return operation as unknown as SweepOperation;
}

/** @throws TributaryError INPUT for an empty list, and for one that has something twice */
export function requireDistinct(field: string, values: readonly string[]): void {
  if (values.length === 0) throw inputError(field, `\`${field.split('.').at(-1)}\` is empty; name one at the least`);
  const again = values.findIndex((value, index) => values.indexOf(value) !== index);
  if (again !== -1) throw inputError(`${field}.${again}`, `${values[again]} stands there twice; name each once`);
}
