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
    what: 'Patterns, norms and gates are held at this run: exact, the parts sum to the logit.',
    cost: 'one pass up, one back',
  },
  GRADIENT: {
    name: 'Gradient × input',
    what: 'The true derivative at this prompt; the parts need not sum to the logit.',
    cost: 'one pass up, one back',
  },
  ATTN_LRP: {
    name: 'AttnLRP',
    what: 'Relevance propagation: also credits what steers attention; the parts come near the logit.',
    cost: 'one pass up, one back',
  },
  INTEGRATED_GRADIENTS: {
    name: 'Integrated gradients',
    what: 'The gradient averaged on the way from a baseline to the prompt. Tokens alone.',
    cost: 'a pass up and one back for each step',
  },
  OCCLUSION: {
    name: 'Occlusion',
    what: 'Takes one token away at a time and runs the model again. Tokens alone.',
    cost: 'a pass up for each token',
  },
  ATTENTION_ROLLOUT: {
    name: 'Attention rollout',
    what: 'Multiplies attention patterns, whatever the target: for comparison. Tokens alone.',
    cost: 'one pass up',
  },
};

export const methodNames = Object.keys(methods) as AttributionMethod[];

/** Those that tell what blocks, heads and neurons contribute; the others know tokens alone. */
export const throughBlocks: readonly AttributionMethod[] = ['FROZEN', 'GRADIENT', 'ATTN_LRP'];

/** `Frozen, Gradient × input and AttnLRP`: the methods that tell of blocks. */
export const tellingOfBlocks = throughBlocks
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
