/** An attribution's answer as GraphQL shows it. */

import type { AttributionResult } from '../../explain/attribution/result.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { RunRecord } from '../../runs/types.ts';
import type { TokenReader, TokenValue } from '../models/token.ts';

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
