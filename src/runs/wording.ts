/** What a generation tells, with the text that its tokens make: a runner has no need to read them. */
import { answerText, GrowingText } from '../explain/generation/answer-text.ts';
import type { GenerationRequest, GenerationStep } from '../explain/generation/event.ts';
import type { Subject } from './types.ts';

/** @param textOf absent: nothing is added */
export function wording(
  { inputIds }: GenerationRequest,
  textOf: Subject['textOf'],
): (step: GenerationStep) => GenerationStep {
  if (!textOf) return (step) => step;
  const answer: number[] = [];
  const growing = new GrowingText();
  const whole = () => answerText(textOf, inputIds, [...answer]);
  return (step) => {
    if (step.type === 'COMPLETED') return { ...step, text: whole() };
    if (step.type !== 'TOKEN') return step;
    answer.push(step.token);
    return { ...step, text: growing.grow(whole()) };
  };
}
