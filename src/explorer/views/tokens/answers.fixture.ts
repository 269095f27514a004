/** Answers for tests: scores as they are given, everything else as a server would tell it. */
import type { TargetPartsFragment } from '../../../client/generated/graphql.ts';
import type { Answer } from './answer.ts';
import { unitOf } from './wording.ts';

interface Given extends Partial<Pick<Answer, 'method' | 'bias' | 'intercept' | 'steps'>> {
  readonly target?: Partial<TargetPartsFragment>;
  readonly audit?: Partial<Answer['audit']>;
}

export function tokenOf(text: string, position = 0) {
  return {
    position,
    tokenId: [...text].reduce((id, letter) => id * 31 + letter.charCodeAt(0), 7),
    text,
    special: false,
    role: null,
  };
}

/** @param scores of each token, by its text; the target is `' Mary'` at the last one */
export function answerWith(scores: readonly (readonly [text: string, score: number])[], given: Given = {}): Answer {
  const { method = 'FROZEN', bias = 0, intercept = 0, steps } = given;
  const target: TargetPartsFragment = {
    position: scores.length - 1,
    kind: 'LOGIT',
    linearised: false,
    span: null,
    logit: 20,
    cappedLogit: 20,
    logProbability: -0.01,
    probability: 0.99,
    rank: 1,
    token: tokenOf(' Mary'),
    against: null,
    ...given.target,
  };
  const parts = scores.reduce((sum, [, score]) => sum + score, 0);
  const sum = parts + bias + intercept;
  return {
    method,
    steps,
    target,
    unit: unitOf(method, target),
    tokens: scores.map(([text, score], position) => ({ token: tokenOf(text, position), score, positionScore: null })),
    bias,
    intercept,
    audit: {
      logit: sum,
      parts,
      constant: bias + intercept,
      sum,
      gap: 0,
      relativeGap: 0,
      deviation: null,
      tolerance: 1e-4,
      passed: true,
      ...given.audit,
    },
  };
}
