/** Whether further figures belong to the run that is shown. */
import type { Problem } from './problem.ts';

/** What tells runs apart; of the same hash are those of the same question to the same files of a model. */
export interface Identity {
  readonly id: string;
  readonly contentHash: string;
}

/** Why nothing can be asked of the model of a run any more. */
export function outdated(model: string): Problem {
  return {
    code: 'OUTDATED',
    message: `The model “${model}” is gone, or another one now than it was for this run: what was stored is shown, and nothing can be added to it.`,
  };
}

/** An answer of other weights, which would not fit. */
export const ofAnotherModel: Problem = {
  code: 'OUTDATED',
  message: 'The model has been replaced since this run: these figures would be of the new one. Ask again to see it.',
};

/** Of an answer that says which run it is of: whether it is of the one that is shown, of the same question, or of neither. */
export function belongs(shown: Identity | undefined, answer: object): 'here' | 'same question' | 'elsewhere' {
  const answered = (answer as { readonly run?: Partial<Identity> }).run;
  if (!shown || answered?.id === undefined || answered.id === shown.id) return 'here';
  return answered.contentHash === shown.contentHash ? 'same question' : 'elsewhere';
}
