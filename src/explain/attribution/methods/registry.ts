import { TributaryError } from '../../../errors.ts';
import { attentionRollout } from './attention-rollout.ts';
import { attnLrp } from './attn-lrp.ts';
import { frozen } from './frozen.ts';
import { gradient } from './gradient.ts';
import { integratedGradients } from './integrated-gradients.ts';
import type { Method } from './method.ts';
import { occlusion } from './occlusion.ts';

/** Every method that there is. */
export const methods = [frozen, gradient, attnLrp, integratedGradients, occlusion, attentionRollout] as const;

export type AttributionMethod = (typeof methods)[number]['name'];

export const attributionMethods: readonly AttributionMethod[] = methods.map(({ name }) => name);

/** @throws TributaryError RUN_STATE for a name of none, as a run may have that was stored by another version */
export function methodOf(name: string): Method {
  const method = methods.find((one) => one.name === name);
  if (!method) throw new TributaryError('RUN_STATE', `There is no method ${name} any more; ask by another one`);
  return method;
}
