/** Whether the server would refuse the draft for what it takes. */
import { computed } from '@preact/signals';
import { draftEstimate } from '../../state/drafted.ts';
import { overBudget } from './cost.ts';

/** By how much; undefined where it is within its budgets, or that is not known. */
export const draftExcess = computed(() => {
  const { answer } = draftEstimate.value;
  return answer && 'withinBudget' in answer ? overBudget(answer) : undefined;
});
