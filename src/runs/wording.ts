/** What a generation tells, with the text that its tokens make: a runner has no need to read them. */
import { AnswerText } from '../explain/generation/answer-text.ts';
import type { GenerationRequest, GenerationStep } from '../explain/generation/event.ts';
import type { Subject } from './types.ts';

/** @param spell absent: nothing is added @returns to be given each step in its order */
export function wording(
  { inputIds }: Pick<GenerationRequest, 'inputIds'>,
  spell: Subject['spell'],
): (step: GenerationStep) => GenerationStep {
  if (!spell) return (step) => step;
  const answer = new AnswerText(spell, inputIds);
  return (step) => {
    if (step.type === 'COMPLETED') return { ...step, text: answer.text };
    return step.type === 'TOKEN' ? { ...step, text: answer.add(step.token) } : step;
  };
}
