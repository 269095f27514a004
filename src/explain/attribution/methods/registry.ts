import type { AttributionMethod } from '../result.ts';
import { attentionRollout } from './attention-rollout.ts';
import { attnLrp } from './attn-lrp.ts';
import { frozen } from './frozen.ts';
import { gradient } from './gradient.ts';
import { integratedGradients } from './integrated-gradients.ts';
import type { Method } from './method.ts';
import { occlusion } from './occlusion.ts';

export const methods: Readonly<Record<AttributionMethod, Method>> = {
  FROZEN: frozen,
  GRADIENT: gradient,
  ATTN_LRP: attnLrp,
  INTEGRATED_GRADIENTS: integratedGradients,
  OCCLUSION: occlusion,
  ATTENTION_ROLLOUT: attentionRollout,
};
