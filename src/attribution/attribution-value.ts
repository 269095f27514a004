/** An attribution's answer as GraphQL shows it. */
import type { CatalogueModel } from '../model/catalogue.ts';
import type { TokenReader, TokenValue } from '../model/token.ts';
import type { RunRecord } from '../run/types.ts';
import type { AttributionResult } from './result.ts';

/** An answer with what is needed to show it. */
export interface AttributionValue {
  readonly run: RunRecord;
  /** Null when the checkpoint is gone. */
  readonly model: CatalogueModel | null;
  readonly tokens: TokenReader;
  readonly result: AttributionResult;
}

/** A token of the prompt with its position. */
export function promptToken({ run, tokens }: AttributionValue, position: number): TokenValue {
  return { ...tokens(run.question.input.inputIds[position] ?? -1), position };
}
