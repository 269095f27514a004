import { byReversePass } from './by-reverse-pass.ts';
import type { Method } from './method.ts';

/** AttnLRP (Achtibat et al. 2024, arXiv 2402.05602) as gradient × input under its rules. */
export const attnLrp: Method = byReversePass('ATTN_LRP');
