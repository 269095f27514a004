/** Rows of a sweep as the model would read them. */
import { TributaryError } from '../../errors.ts';
import type { Subject } from '../../runs/types.ts';
import { failureOf } from './questions.ts';
import type { AskedRow, AskRow, PlannedRow, RowRequest } from './row.ts';

export interface Example {
  readonly model: string;
  readonly prompt: string;
  /** Null where it cannot be asked. */
  readonly tokens: number | null;
  /** In words; null where nothing is named. */
  readonly target: string | null;
  readonly slots: PlannedRow['slots'];
  /** Why it cannot be asked. */
  readonly error: ReturnType<typeof failureOf> | null;
}

export async function exampleOf({ request, slots }: PlannedRow, ask: AskRow): Promise<Example> {
  const { model } = request.input;
  try {
    const { subject, ...asked } = await ask(request);
    const { inputIds } = 'questions' in asked ? asked.questions : asked.input;
    const prompt = subject.textOf?.(inputIds) ?? givenPrompt(request);
    return { model, prompt, tokens: inputIds.length, target: targetOf(asked, subject), slots, error: null };
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error;
    return { model, prompt: givenPrompt(request), tokens: null, target: null, slots, error: failureOf(error) };
  }
}

function targetOf(asked: AskedRow, { spell }: Subject): string | null {
  const [target] = 'questions' in asked ? asked.questions.targets : [];
  if (!spell || !target || target.token === null) return null;
  const { token, against } = target;
  return against === null ? spell([token]) : `${spell([token])} −${spell([against])}`;
}

function givenPrompt({ input: { prompt } }: RowRequest): string {
  const text = (prompt as { readonly text?: unknown } | null | undefined)?.text;
  return typeof text === 'string' ? text : JSON.stringify(prompt);
}
