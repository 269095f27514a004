/** What would take less than a question that is over a budget. */
import type { AttributionMethod, TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { methods } from '../../format/method.ts';
import type { Estimated } from '../../state/drafted.ts';
import type { Question } from '../../state/question.ts';

/** Of what fits by rule of three: parts of the estimate do not grow with it. */
const margin = 0.9;

/** How many points INTEGRATED_GRADIENTS averages over unless it is told. */
const usualSteps = 32;

export interface Lighter {
  /** `the last 120 tokens`. */
  readonly label: string;
  readonly question: Question;
  readonly change: Change;
}

/** What becomes of the draft. */
export type Change =
  | { readonly method: AttributionMethod }
  | { readonly steps: number }
  | { readonly tokens: readonly TokenPartsFragment[] };

/** Questions that may fit, the one that changes least first; whether they do, their own estimates tell. */
export function lighterThan(
  question: Question,
  tokens: readonly TokenPartsFragment[],
  estimate: Estimated,
): readonly Lighter[] {
  const share = shareThatFits(estimate);
  const { options, ...rest } = question;
  const found: Lighter[] = [];
  const steps = options?.steps ?? usualSteps;
  const fewer = Math.floor(steps * timeShare(estimate));
  if (question.method === 'INTEGRATED_GRADIENTS' && fewer >= 1 && fewer < steps)
    found.push({
      label: `${fewer} steps`,
      question: { ...question, options: { ...options, steps: fewer } },
      change: { steps: fewer },
    });
  if (question.method !== 'FROZEN')
    found.push({
      label: methods.FROZEN.name,
      question: { ...rest, method: 'FROZEN' },
      change: { method: 'FROZEN' },
    });
  const last = endOf(tokens, Math.floor(tokens.length * share));
  if (last.length > 1 && last.length < tokens.length) {
    const { position: _, ...target } = question.target ?? {};
    found.push({
      label: `the last ${last.length} tokens`,
      question: { ...question, prompt: { tokenIds: last.map(({ tokenId }) => tokenId) }, target },
      change: { tokens: last },
    });
  }
  return found;
}

/** Activations and passes grow at least as fast as the prompt: its share that fits cannot take more than this. */
function shareThatFits(estimate: Estimated): number {
  const { memoryBudget, weights, activations } = estimate;
  const memory = memoryBudget === null ? Number.POSITIVE_INFINITY : (memoryBudget - weights) / activations;
  return Math.max(0, Math.min(margin * memory, timeShare(estimate)));
}

function timeShare({ timeBudget, loadTime, runTime }: Estimated): number {
  return timeBudget === null ? 1 : Math.max(0, Math.min(1, (margin * (timeBudget - loadTime)) / runTime));
}

/** The last tokens, behind the special one that a prompt of this model begins with. */
function endOf(tokens: readonly TokenPartsFragment[], count: number): readonly TokenPartsFragment[] {
  const first = tokens[0]?.special ? tokens.slice(0, 1) : [];
  const rest = count - first.length;
  return rest < 1 ? [] : [...first, ...tokens.slice(-rest)].map((token, position) => ({ ...token, position }));
}
