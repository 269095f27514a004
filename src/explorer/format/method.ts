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

export const methodNames = Object.keys(methods) as AttributionMethod[];

/** Those that tell what layers, heads and neurons contribute; the others score tokens only. */
export const throughBlocks: readonly AttributionMethod[] = ['FROZEN', 'GRADIENT', 'ATTN_LRP'];

/** `Frozen, Gradient × input and AttnLRP` */
export const throughLayers = throughBlocks
  .map((method) => methods[method].name)
  .join(', ')
  .replace(/, ([^,]*)$/, ' and $1');

/** `Frozen` */
export function methodName(method: AttributionMethod): string {
  return methods[method].name;
}

/** Of a question, which need not name one. */
export function methodOf({ method }: { readonly method?: AttributionMethod }): AttributionMethod {
  return method ?? 'FROZEN';
}

/** Of a question whose method has no figures of layers. */
export function tokensAlone(question: { readonly method?: AttributionMethod }): string {
  return `${methodName(methodOf(question))} scores tokens only.`;
}
