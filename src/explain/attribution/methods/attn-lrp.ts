import { byReversePass } from './by-reverse-pass.ts';

/** AttnLRP (Achtibat et al. 2024, arXiv 2402.05602) as gradient × input under its rules. */
export const attnLrp = byReversePass({
  name: 'ATTN_LRP',
  version: 2,
  description:
    'Layer-wise relevance propagation for transformers (AttnLRP): norm scales and activation gates are held, and where two signals are multiplied (attention with values, queries with keys, the sides of a gated MLP) each gets half of the credit. So it also credits what steers attention. The parts come near the logit; the audit says how near. One pass forward, one back.',
});
