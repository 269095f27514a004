/** Why a draft cannot be asked, before the server is. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import type { ModelEntry } from '../../state/models.ts';

/** How many tokens it reads; no bound where it is not known. */
export function contextOf(model: ModelEntry | undefined): number {
  return model?.__typename === 'Model' ? model.contextLength : Number.POSITIVE_INFINITY;
}

/** The position that predicts, of a prompt that has tokens. */
export function predicting(tokens: readonly TokenPartsFragment[], position: number | undefined): number | undefined {
  return tokens.length === 0 ? undefined : (position ?? tokens.length - 1);
}

interface Draft {
  readonly model: ModelEntry | undefined;
  readonly text: string;
  readonly tokens: readonly TokenPartsFragment[];
}

/** @returns what is to be done first; undefined where nothing is in the way */
export function obstacle({ model, text, tokens }: Draft): string | undefined {
  if (!model) return 'Choose a model.';
  if (model.status === 'BROKEN') return 'This model is broken: choose another.';
  if (text === '' && tokens.length === 0) return 'Write a prompt.';
  const context = contextOf(model);
  if (tokens.length > context) return `Too long by ${tokens.length - context} tokens: the model reads ${context}.`;
  return undefined;
}
