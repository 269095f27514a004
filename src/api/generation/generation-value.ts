/** A completed generation as GraphQL shows it. */
import type { AnswerTokenAttribution, GenerationStep } from '../../explain/generation/event.ts';
import type { ToPrompt } from '../../explain/generation/to-prompt.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { RunRecord } from '../../runs/types.ts';
import type { TokenReader } from '../models/token.ts';

/** What the tokens of an answer come from. */
export interface ExplainedAnswer {
  /** One for each token, in order. */
  readonly tokens: readonly AnswerTokenAttribution[];
  readonly toPrompt: ToPrompt;
}

export interface GenerationValue {
  readonly run: RunRecord;
  /** Null when the checkpoint is gone. */
  readonly model: CatalogueModel | null;
  readonly tokens: TokenReader;
  readonly promptLength: number;
  readonly completion: Extract<GenerationStep, { type: 'COMPLETED' }>;
  /** Reads it when it is first asked for; null where the tokens were not explained. */
  readonly explained: () => Promise<ExplainedAnswer | null>;
}
