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
  /** Undefined until they are known. */
  readonly models: readonly unknown[] | undefined;
  readonly model: ModelEntry | undefined;
  readonly text: string;
  readonly tokens: readonly TokenPartsFragment[];
}

/** @returns what is to be done first; undefined where nothing is in the way */
export function obstacle({ models, model, text, tokens }: Draft): string | undefined {
  if (!models) return 'Asking which models there are …';
  if (!model) return models.length === 0 ? 'Add a model.' : 'Choose a model.';
  if (model.status === 'BROKEN') return 'This model is broken: choose another.';
  if (text === '' && tokens.length === 0) return 'Write a prompt.';
  const context = contextOf(model);
  const beyond = tokens.length - context;
  if (beyond <= 0) return undefined;
  return `Too long by ${beyond} ${beyond === 1 ? 'token' : 'tokens'}: the model reads ${context}.`;
}
