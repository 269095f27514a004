/** What a generation is asked for and the events it streams. Formulas: docs/mathematics.md. */
import type { PromptTokens } from '../../checkpoint/messages.ts';
import type { LensTokenResult, TargetKind, TargetResult } from '../../inference/target.ts';
import type { RuleSet } from '../../onnx/rules/registry.ts';
import type { AuditResult } from '../attribution/result.ts';

/** How a token is drawn where it is not the likeliest one. */
export interface Sampling {
  /** What the logits are divided by, above 0. */
  readonly temperature: number;
  /** Only so many of the likeliest; null: all. */
  readonly topK: number | null;
  /** Only the likeliest that together have this probability, above 0; 1: all. */
  readonly topP: number;
  /** The same one draws the same answer. */
  readonly seed: number;
}

/** How every token of the answer is explained. */
export interface AnswerAttribution {
  /** One that goes back through the blocks. */
  readonly method: RuleSet;
  /** Absent: LOGIT. */
  readonly kind?: Exclude<TargetKind, 'LOGIT'> | undefined;
}

export interface GenerationRequest extends PromptTokens {
  /** Tokens of the answer at the most, at least one. */
  readonly maxTokens: number;
  /** Null: the likeliest token each time. */
  readonly sampling: Sampling | null;
  /** Ids that end the answer; ascending, each once. */
  readonly stopTokens: readonly number[];
  /** Texts that end the answer when they stand in it. */
  readonly stopTexts: readonly string[];
  /** How many of the likeliest tokens are told of each. */
  readonly top: number;
  /** Null: none is explained, and nothing is computed for it. */
  readonly attribution: AnswerAttribution | null;
}

/** Why an answer ends. */
export const stopReasons = ['STOP_TOKEN', 'STOP_TEXT', 'LENGTH'] as const;
export type StopReason = (typeof stopReasons)[number];

/** A token of the answer, when it is chosen. Logits are those after a softcap. */
export interface GeneratedToken {
  /** Its place in the answer, from 0. */
  readonly index: number;
  readonly token: number;
  readonly logit: number;
  readonly logProbability: number;
  readonly probability: number;
  /** 1 is the model's top choice. */
  readonly rank: number;
  /** Of the model's distribution, in nats, whatever it is drawn by. */
  readonly entropy: number;
  /** Likeliest first. */
  readonly top: readonly LensTokenResult[];
}

/** What a token of the answer comes from. */
export interface AnswerTokenAttribution {
  /** Of the token in the answer. */
  readonly index: number;
  readonly target: TargetResult;
  /** Scores of the prompt's tokens and those of the answer before it. [position] */
  readonly tokens: Float32Array;
  /** The part of `tokens` that learned position embeddings account for; null where there is no such part. */
  readonly positions: Float32Array | null;
  readonly bias: number;
  readonly intercept?: number | undefined;
  readonly audit: AuditResult;
}

export type GenerationStep =
  | { readonly type: 'STARTED'; readonly tokens: readonly number[]; readonly maxTokens: number }
  | ({
      readonly type: 'TOKEN';
      /** Milliseconds since the token before it, or since the beginning. */
      readonly elapsed: number;
      /** What the answer's text has grown by; added where tokens can be read. */
      readonly text?: string | undefined;
    } & GeneratedToken)
  | ({ readonly type: 'ATTRIBUTED' } & AnswerTokenAttribution)
  | {
      readonly type: 'COMPLETED';
      readonly reason: StopReason;
      /** The answer, token by token. */
      readonly answer: readonly number[];
      /** Its text; as of a token. */
      readonly text?: string | undefined;
    };
