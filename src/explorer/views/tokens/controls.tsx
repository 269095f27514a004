/** What is looked at of the tokens: which figures, what beside them, which method beside this one. */
import type { Signal } from '@preact/signals';
import { EstimateDocument } from '../../../client/generated/graphql.ts';
import { methodNames } from '../../format/method.ts';
import { duration } from '../../format/number.ts';
import { Choice } from '../../parts/choice.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { compare } from '../../state/workspace.ts';
import { methodOf } from './answer.ts';
import { measure, measures } from './measure.ts';
import { methodName } from './wording.ts';

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

interface BesideProps {
  readonly explanation: Explanation;
  readonly other: Explanation;
}

/** Which method explains the same target beside the first one. */
export function BesideChoice({ explanation, other }: BesideProps) {
  const [own, shown] = [methodOf(explanation.question), methodOf(other.question)];
  const choose = (name: string) => {
    const method = methodNames.find((one) => one === name);
    const { options: _, ...question } = explanation.question;
    if (method) compare({ ...question, target: explanation.target, method });
  };
  return (
    <label class="beside">
      beside{' '}
      <select value={shown} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {methodNames
          .filter((method) => method !== own || method === shown)
          .map((method) => (
            <option key={method} value={method}>
              {methodName(method)}
            </option>
          ))}
      </select>
    </label>
  );
}
