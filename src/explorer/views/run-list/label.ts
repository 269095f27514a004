/** How a run is called in the list. */
import type { ListedRunPartsFragment } from '../../../client/generated/graphql.ts';
import { methodName, throughBlocks } from '../../format/method.ts';
import { shortened } from '../../format/shortened.ts';
import { quoted } from '../../format/token.ts';

/** Of the owner null where the server asks nobody who they are. */
export type ListedRun = ListedRunPartsFragment & { readonly owner: string | null; readonly shared: boolean };

export interface RunLabel {
  readonly prompt: string;
  /** What is explained, or followed. */
  readonly target: string;
  /** `Frozen attribution`, `Circulation`, `Answer`. */
  readonly kind: string;
}

/** @param longest characters of the prompt */
export function labelOf({ input }: Pick<ListedRun, 'input'>, longest: number): RunLabel {
  const { text } = input.prompt;
  const prompt = text === null ? 'A prompt whose text was not kept' : shortened(text, longest) || '(an empty prompt)';
  switch (input.__typename) {
    case 'CirculationRequest':
      return { prompt, target: `follows ${followed(input.tracked)}`, kind: 'Circulation' };
    case 'GenerationRequest':
      return {
        prompt,
        target: `up to ${input.maxTokens} tokens`,
        kind: input.attribution ? 'Explained answer' : 'Answer',
      };
    case 'LogitAttributionRequest':
      return { prompt, target: `why ${targetOf(input)}`, kind: `${methodName(input.method)} attribution` };
  }
}

/** Of what a run tells the share that is stored, from 0 to 1; undefined where nobody knows how much there will be. */
export function progressOf(run: ListedRun, layerCount: number | null | undefined): number | undefined {
  const { input, eventCount } = run;
  if (input.__typename === 'CirculationRequest') return Math.min(1, eventCount / (input.layers + 2));
  // It may end before.
  if (input.__typename === 'GenerationRequest') return undefined;
  const isToldByBlocks = throughBlocks.includes(input.method);
  return isToldByBlocks && layerCount ? Math.min(1, eventCount / (2 * layerCount + 2)) : undefined;
}

export function isUnderWay({ status }: Pick<ListedRun, 'status'>): boolean {
  return status === 'QUEUED' || status === 'RUNNING';
}

type Input = ListedRun['input'];

/** `' Mary' rather than ' John'` */
export function targetOf({ target: { token, against, kind, span } }: Input): string {
  const own = token ? quoted(token) : 'the top choice';
  const named = span ? `${span.to - span.from} tokens up to ${own}` : own;
  const unit = { LOGIT: '', PROBABILITY: ' (probability)', LOG_PROBABILITY: ' (log-probability)' }[kind];
  return `${named}${against ? ` rather than ${quoted(against)}` : ''}${unit}`;
}

function followed(tokens: readonly { readonly text: string; readonly special: boolean }[]): string {
  const [named, further] = [tokens.slice(0, 3), tokens.length - 3];
  return named.map(quoted).join(', ') + (further > 0 ? ` and ${further} more` : '');
}
