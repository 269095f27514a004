import { byReversePass } from './by-reverse-pass.ts';

/** Through the frozen linear map: patterns, norm scales and gates held. The parts sum to the logit. */
export const frozen = byReversePass({
  name: 'FROZEN',
  version: 2,
  description:
    'Attention patterns, norm scales and activation gates are held at their values in this run; what remains of the network is one affine map, exact at this prompt, so the parts sum to the logit. One pass forward, one back.',
});
