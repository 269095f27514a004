import { byReversePass } from './by-reverse-pass.ts';

/** Gradient × input: a_s = ⟨∂logit/∂x^0_s, x^0_s⟩. The gap is what the model's curvature adds. */
export const gradient = byReversePass({
  name: 'GRADIENT',
  version: 2,
  description:
    'Gradient × input: how fast the logit changes with each embedding, times the embedding. The true derivative, which also goes through queries, keys and norms; it describes the nearest surroundings of this prompt, so the parts need not sum to the logit. One pass forward, one back.',
});
