import { generationDemand } from '../../explain/generation/demand.ts';
import type { GenerationRequest, GenerationStep } from '../../explain/generation/event.ts';
import { generate, generationGraphs } from '../../explain/generation/generate.ts';
import type { JobKind } from './kind.ts';

/** Writes an answer; tells each token as it is chosen, and what it comes from. */
export const generation: JobKind<GenerationRequest, void, GenerationStep> = {
  name: 'generation',
  length: ({ inputIds }) => inputIds.length,
  graphs: generationGraphs,
  demand: generationDemand,
  lighter: ({ attribution }) => ['a shorter prompt', 'fewer `maxTokens`', ...(attribution ? ['no attribution'] : [])],
  run: generate,
};
