/** What would take less than an answer that is over a budget. */
import type { AnswerQuestion } from '../../state/answer.ts';

export interface LighterAnswer {
  /** `12 tokens`. */
  readonly label: string;
  readonly asked: AnswerQuestion;
}

/** As the server has it. */
const usual = 64;

/** Answers that may fit, the one that changes least first; whether they do, their own estimates tell. */
export function lighterAnswers({ input, explained }: AnswerQuestion): readonly LighterAnswer[] {
  const most = input.maxTokens ?? usual;
  const lengths = [2, 4, 16].map((part) => Math.floor(most / part)).filter((length) => length >= 1);
  const shorter = [...new Set(lengths)].map((maxTokens) => ({
    label: maxTokens === 1 ? '1 token' : `${maxTokens} tokens`,
    asked: { input: { ...input, maxTokens }, explained },
  }));
  const { attribution: _, ...plain } = input;
  return [
    ...shorter,
    ...(explained ? [{ label: 'without explaining them', asked: { input: plain, explained: false } }] : []),
  ];
}
