/** What is asked about a prompt made of passages and an answer to it, and what it says. Formulas: docs/mathematics.md. */
import type { TargetKind } from '../../inference/target.ts';
import type { RuleSet } from '../../onnx/rules/registry.ts';
import type { AuditResult } from '../attribution/result.ts';
import type { PassagePrompt } from './prompt.ts';

export interface CitedContextRequest {
  /** Of the whole prompt. */
  readonly inputIds: readonly number[];
  readonly prompt: PassagePrompt;
  /** At least one id; null: the model's own, the likeliest token each time. */
  readonly answer: readonly number[] | null;
  /** Of the model's own answer: its tokens at the most, the ids that end it, ascending, each once, and the texts that do. */
  readonly maxTokens: number;
  readonly stopTokens: readonly number[];
  readonly stopTexts: readonly string[];
  /** One that goes back through the blocks. */
  readonly method: RuleSet;
  /** Absent: LOGIT. */
  readonly kind?: Exclude<TargetKind, 'LOGIT'> | undefined;
  /** How many passages may be left out to see what follows: those of the highest score, and drawn ones beside them. */
  readonly strongest: number;
  readonly random: number;
  /** The same one draws the same passages. */
  readonly seed: number;
  /** Which of the two are left out; nothing is computed for the others. */
  readonly checked: Readonly<Record<'strongest' | 'random', boolean>>;
}

/** What the model says of a token of the answer, where it stands. */
export interface AnswerTokenReading {
  readonly token: number;
  readonly logProbability: number;
  /** 1 is the model's top choice. */
  readonly rank: number;
}

export interface PassageScore {
  /** Its positions: from the first one to the one behind its last. */
  readonly from: number;
  readonly to: number;
  /** What the tokens there contribute together. */
  readonly score: number;
  /** Over the sum of all passages' magnitudes; null where they are all 0. */
  readonly share: number | null;
  /** 1 has the highest score. */
  readonly rank: number;
}

/** How likely the same answer is once some passages are left out. */
export interface LeftOut {
  /** By their places, ascending. */
  readonly passages: readonly number[];
  /** Tokens of the prompt that is left. */
  readonly length: number;
  readonly logProbability: number;
  /** How much less that is than with all passages. */
  readonly drop: number;
}

export interface LeavingOut {
  /** Each alone, in the order in which they were chosen. */
  readonly alone: readonly LeftOut[];
  /** All of them; null where there are none. */
  readonly together: LeftOut | null;
}

export interface CitedContextResult {
  /** In the order of the prompt. */
  readonly passages: readonly PassageScore[];
  readonly answer: readonly AnswerTokenReading[];
  readonly logProbability: number;
  /** What the prompt's tokens beside the passages contribute, and those of the answer to the answer tokens behind them. */
  readonly rest: number;
  readonly ofAnswer: number;
  readonly bias: number;
  readonly intercept?: number | undefined;
  readonly audit: AuditResult;
  /** Where they are checked. */
  readonly strongest?: LeavingOut;
  readonly random?: LeavingOut;
}
