/** Several prompts that are asked the same, and may go through the model side by side. */
import type { ToldStep } from './ledger/step.ts';
import type { AttributionRequest } from './result.ts';

/** One of them, and what is asked of it. */
export type BatchPrompt = Pick<AttributionRequest, 'inputIds' | 'targets'>;

/** The same question of several prompts of one length. */
export interface BatchRequest extends Omit<AttributionRequest, 'inputIds' | 'targets' | 'messages'> {
  readonly prompts: readonly BatchPrompt[];
}

/** One step, of one of the prompts or, without one, of all alike; of one of its targets, or of all of these. */
export interface ToldInBatch extends ToldStep {
  readonly prompt: number | undefined;
}

/** To be awaited with each step as it comes. */
export type TellInBatch = (told: ToldInBatch) => unknown;

/** One prompt as a batch. */
export function batchOf({ inputIds, targets, messages, ...rest }: AttributionRequest): BatchRequest {
  return { ...rest, prompts: [{ inputIds, targets }] };
}

/** Each prompt by itself. */
export function requestsIn({ prompts, ...rest }: BatchRequest): AttributionRequest[] {
  return prompts.map((prompt) => ({ ...rest, ...prompt }));
}

/** @throws Error where they are of more than one length, for rows of a batch are not padded */
export function requireOneLength({ prompts }: Pick<BatchRequest, 'prompts'>): void {
  const lengths = new Set(prompts.map(({ inputIds }) => inputIds.length));
  if (lengths.size > 1)
    throw new Error(`Prompts of a batch have one length, and not ${[...lengths].join(', ')} tokens`);
}
