import type { Rules } from './rules.ts';

/** The true derivative of the model. */
export const gradient: Rules = {
  norm: 'DERIVATIVE',
  pattern: 'DERIVATIVE',
  activation: 'DERIVATIVE',
  product: 'BOTH',
};
