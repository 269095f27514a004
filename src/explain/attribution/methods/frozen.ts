import { byReversePass } from './by-reverse-pass.ts';
import type { Method } from './method.ts';

/** Through the frozen linear map: patterns, norm scales and gates held. The parts sum to the logit. */
export const frozen: Method = byReversePass('FROZEN');
