/** A completed generation as GraphQL shows it. */
import type { AnswerTokenAttribution, GenerationStep } from '../../explain/generation/event.ts';
import type { ToPrompt } from '../../explain/generation/to-prompt.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { RunRecord } from '../../runs/types.ts';
import type { TokenReader } from '../models/token.ts';

/** What is said of a token of an answer beside the scores of others for it. */
export type TokenFigures = Pick<AnswerTokenAttribution, 'bias' | 'intercept' | 'audit'>;

export interface AnswerScores {
  /** Scores of the tokens before each token of the answer; row m has m more than the prompt has tokens. */
  readonly rows: readonly Float32Array[];
  readonly toPrompt: ToPrompt;
}

/** What the tokens of an answer come from, each read when it is first asked for. */
export interface ExplainedAnswer {
  /** Of each token, in order. */
  readonly figures: () => Promise<readonly TokenFigures[]>;
  readonly scores: () => Promise<AnswerScores>;
}

export interface GenerationValue {
  readonly run: RunRecord;
  /** Null when the checkpoint is gone. */
  readonly model: CatalogueModel | null;
  readonly tokens: TokenReader;
  readonly promptLength: number;
  readonly completion: Extract<GenerationStep, { type: 'COMPLETED' }>;
  /** Null where the tokens were not explained. */
  readonly explained: ExplainedAnswer | null;
}
