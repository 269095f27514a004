/** An attribution's answer as GraphQL shows it. */

import type { GraphQLResolveInfo } from 'graphql';
import type { AttributionResult } from '../../explain/attribution/result.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { RunRecord } from '../../runs/types.ts';
import { type TokenReader, type TokenValue, tokenAt } from '../models/token.ts';
import type { Need } from './parts/need.ts';

/** Parts of an answer that were left out of it at first, for they are deferred. */
export interface Deferred {
  /** Whether the result has what a field needs, or never will with this method and this prompt. */
  has(need: Need): boolean;
  /**
   * Has the result what these fields need, once it settles.
   * @param info of the field being resolved
   * @throws TributaryError as `Attributions.read`
   */
  add(needs: readonly Need[], info: GraphQLResolveInfo): Promise<void>;
}

/** An answer with what is needed to show it. */
export interface AttributionValue {
  readonly run: RunRecord;
  /** Null when the checkpoint is gone. */
  readonly model: CatalogueModel | null;
  readonly tokens: TokenReader;
  readonly result: AttributionResult;
  /** What is deferred of it; undefined where nothing is. */
  readonly deferred?: Deferred | undefined;
}

/** A token of the prompt with its position. */
export function promptToken({ run, tokens }: AttributionValue, position: number): TokenValue {
  return tokenAt(run.question.input, position, tokens);
}
