import type { Rules } from './rules.ts';

/**
 * AttnLRP (Achtibat et al. 2024, arXiv 2402.05602) as modified gradients: norm scales and gates held, products of two
 * activations share the gradient evenly, the softmax (and a softcap on the scores) keep their true derivatives.
 */
export const attnLrp: Rules = { norm: 'HELD', pattern: 'HALVED', activation: 'GATE', product: 'HALVED' };
