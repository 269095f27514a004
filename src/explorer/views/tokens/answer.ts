/** An attribution's answer as the views of its tokens take it. */
import type { AttributionMethod, TargetPartsFragment } from '../../../client/generated/graphql.ts';
import { methodOf } from '../../format/method.ts';
import type { AttributionCompleted } from '../../state/attribution.ts';
import type { Question } from '../../state/question.ts';
import { unitOf } from './wording.ts';

export interface Answer extends Pick<AttributionCompleted, 'tokens' | 'bias' | 'intercept' | 'audit'> {
  readonly target: TargetPartsFragment;
  readonly method: AttributionMethod;
  /** Of INTEGRATED_GRADIENTS, where they were named. */
  readonly steps: number | undefined;
  readonly unit: string;
}

export function answerOf(question: Question, completed: AttributionCompleted): Answer {
  const { tokens, bias, intercept, audit, target } = completed;
  const method = methodOf(question);
  const steps = question.options?.steps ?? undefined;
  return { tokens, bias, intercept, audit, target, method, steps, unit: unitOf(method, target) };
}
