/** The methods of attribution in words. In full: docs/methods.md. */
import type { AttributionMethod } from '../../client/generated/graphql.ts';

export interface MethodWords {
  readonly name: string;
  readonly what: string;
  readonly cost: string;
}

export const methods: Readonly<Record<AttributionMethod, MethodWords>> = {
  FROZEN: {
    name: 'Frozen',
    what: 'Holds attention patterns, norms and gates as they were in this run. The rest is linear: the parts sum to the logit exactly.',
    cost: 'one pass up, one back',
  },
  GRADIENT: {
    name: 'Gradient × input',
    what: 'The derivative at this prompt times the embeddings; the parts need not sum to the logit.',
    cost: 'one pass up, one back',
  },
  ATTN_LRP: {
    name: 'AttnLRP',
    what: 'Relevance propagation: also credits what steers attention; the parts come near the logit.',
    cost: 'one pass up, one back',
  },
  INTEGRATED_GRADIENTS: {
    name: 'Integrated gradients',
    what: 'The gradient, averaged on the way from a baseline to the prompt. Scores tokens only.',
    cost: 'a pass up and one back for each step',
  },
  OCCLUSION: {
    name: 'Occlusion',
    what: 'Takes out one token at a time and runs the model again. Scores tokens only.',
    cost: 'a pass up for each token',
  },
  ATTENTION_ROLLOUT: {
    name: 'Attention rollout',
    what: 'Multiplies attention patterns, whatever the target: for comparison. Scores tokens only.',
    cost: 'one pass up',
  },
};

/** Those that have figures of layers, heads and neurons. */
export const throughLayers = `${methods.FROZEN.name}, ${methods.GRADIENT.name} and ${methods.ATTN_LRP.name}`;

/** @param method of a question that scores tokens alone */
export function tokensAlone(method: AttributionMethod | null | undefined): string {
  return `${methods[method ?? 'FROZEN'].name} scores tokens only.`;
}

export const methodNames = Object.keys(methods) as AttributionMethod[];
