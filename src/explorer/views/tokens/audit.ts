/** Does it add up? As sentences with their numbers. */

import type { AttributionMethod } from '../../../client/generated/graphql.ts';
import { methodName } from '../../format/method.ts';
import { rounded } from '../../format/number.ts';
import { targetWords } from '../../format/target.ts';
import type { Answer } from './answer.ts';

/** One part of the sum: `biases`, −8.07. */
export interface Part {
  readonly name: string;
  readonly value: number;
}

export interface Verdict {
  /** `inexact`: does not add up, and does not claim to. */
  readonly state: 'passed' | 'failed' | 'inexact';
  readonly sentence: string;
  /** What it means; empty where it is as it should be. */
  readonly meaning: string;
}

/** The parts that sum to `audit.sum`; those that there are not with a method are left out. */
export function partsOf({ audit, bias, intercept, method, target }: Answer): readonly Part[] {
  const knowsBias = method !== 'OCCLUSION' && method !== 'ATTENTION_ROLLOUT';
  const isPath = method === 'INTEGRATED_GRADIENTS';
  return [
    { name: 'Σ tokens', value: audit.parts },
    ...(knowsBias ? [{ name: isPath ? `${targetWords(target).value} at the baseline` : 'biases', value: bias }] : []),
    ...(target.linearised && knowsBias && !isPath ? [{ name: 'intercept', value: intercept }] : []),
  ];
}

/** `Σ tokens 26.8 + biases (−8.07) = 18.7` */
export function sumLine(answer: Answer): string {
  const terms = partsOf(answer).map(({ name, value }, index) => {
    const written = rounded(value);
    return `${name} ${index > 0 && value < 0 ? `(${written})` : written}`;
  });
  return `${terms.join(' + ')} = ${rounded(answer.audit.sum)}`;
}

export function verdict(answer: Answer): Verdict {
  const { audit, method, steps } = answer;
  const what = `the ${targetWords(answer.target).value}`;
  const relative = `relative gap ${rounded(audit.relativeGap)}; float32 may leave ${rounded(audit.tolerance)}`;
  if (audit.passed)
    return {
      state: 'passed',
      sentence: `Adds up to ${what}, ${rounded(audit.logit)}: the gap is ${rounded(audit.gap)} (${relative}).`,
      meaning: '',
    };
  const missed = `the sum is ${rounded(audit.sum)}, ${what} is ${rounded(audit.logit)}, the gap ${rounded(audit.gap)} (${relative})`;
  const nature = natures[method];
  if (nature) return { state: 'inexact', sentence: `Need not add up: ${missed}.`, meaning: nature };
  if (method === 'INTEGRATED_GRADIENTS')
    return {
      state: 'failed',
      sentence: `Does not add up yet: ${missed}.`,
      meaning: `${steps ? `${steps} steps are` : 'Its steps are'} too few for the way from this baseline. More steps, or a token as baseline, come nearer; until then the scores are rough.`,
    };
  return {
    state: 'failed',
    sentence: `Does not add up: ${missed}.`,
    meaning: `${methodName(method)} has to add up, so these scores do not explain this prediction: do not rely on them. Weights may be too large for float32, or the server is at fault.`,
  };
}

/** Why a method leaves a gap that is no fault. */
const natures: Partial<Record<AttributionMethod, string>> = {
  GRADIENT: 'Gradient × input describes the nearest surroundings of this prompt, not the way to its value.',
  ATTN_LRP: 'AttnLRP splits products by a rule of halves, which brings the sum near, not to it.',
  OCCLUSION: 'Each token is taken out alone; what several carry together is counted several times, or not at all.',
  ATTENTION_ROLLOUT: 'Rollout is not tied to the logit: its scores sum to 1 for every target.',
};
