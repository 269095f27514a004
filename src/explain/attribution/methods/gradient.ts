import { byReversePass } from './by-reverse-pass.ts';
import type { Method } from './method.ts';

/** Gradient × input: a_s = ⟨∂logit/∂x^0_s, x^0_s⟩. The gap is what the model's curvature adds. */
export const gradient: Method = byReversePass('GRADIENT');
