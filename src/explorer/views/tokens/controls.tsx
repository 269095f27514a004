/** What is looked at of the tokens: which figures, and what beside them. */
import type { Signal } from '@preact/signals';
import { EstimateDocument } from '../../../client/generated/graphql.ts';
import { duration } from '../../format/number.ts';
import { Choice } from '../../parts/choice.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { measure, measures } from './measure.ts';

/** @param hasSpecial whether leaving special tokens out makes a difference */
export function MeasureChoice({ hasSpecial }: { readonly hasSpecial: boolean }) {
  const { textShare: _, ...always } = measures;
  const values = hasSpecial || measure.value === 'textShare' ? measures : always;
  return <Choice label="Figures" values={values} chosen={measure} />;
}

export function Toggle({ on, children }: { readonly on: Signal<boolean>; readonly children: string }) {
  return (
    <button type="button" aria-pressed={on.value} onClick={() => (on.value = !on.value)}>
      {children}
    </button>
  );
}

interface FaithfulnessToggleProps {
  /** One, or two that are compared. */
  readonly explanations: readonly Explanation[];
  readonly on: Signal<boolean>;
}

/** Asks the model. Says beforehand what that takes. */
export function FaithfulnessToggle({ explanations, on }: FaithfulnessToggleProps) {
  const selection = { faithfulness: true, agreement: true };
  const estimates = explanations.map(
    (explanation) =>
      explanation.ask(EstimateDocument, { input: { logitAttribution: { input: explanation.question, selection } } })
        .value,
  );
  const seconds = estimates.reduce((sum, one) => sum + (one.status === 'ready' ? one.answer.runTime : Number.NaN), 0);
  const isTooMuch = estimates.some((one) => one.status === 'ready' && !one.answer.withinBudget);
  const cost = Number.isNaN(seconds)
    ? ''
    : ` (about ${duration(Number(seconds.toPrecision(1)))}${isTooMuch ? ', too much' : ''})`;
  return (
    <button
      type="button"
      aria-pressed={on.value}
      disabled={isTooMuch}
      title={`Does the model need the tokens that score highest, and do they suffice it? Many passes${cost}.`}
      onClick={() => (on.value = !on.value)}
    >
      Faithfulness{cost}
    </button>
  );
}
