/** What is looked at of the tokens: which figures, what beside them, which method beside this one. */
import type { Signal } from '@preact/signals';
import type { AttributionMethod } from '../../../client/generated/graphql.ts';
import type { Explanation } from '../../state/explanation.ts';
import { compare, endComparison } from '../../state/workspace.ts';
import { methodOf } from './answer.ts';
import { measure, measures } from './measure.ts';
import { methodName } from './wording.ts';

/** @param hasSpecial whether leaving special tokens out makes a difference */
export function MeasureChoice({ hasSpecial }: { readonly hasSpecial: boolean }) {
  return (
    <fieldset class="segmented" aria-label="Figures">
      {measures
        .filter(({ name }) => hasSpecial || name !== 'textShare' || measure.value === name)
        .map(({ name, title }) => (
          <button type="button" key={name} aria-pressed={measure.value === name} onClick={() => (measure.value = name)}>
            {title}
          </button>
        ))}
    </fieldset>
  );
}

export function Toggle({ on, children }: { readonly on: Signal<boolean>; readonly children: string }) {
  return (
    <button type="button" aria-pressed={on.value} onClick={() => (on.value = !on.value)}>
      {children}
    </button>
  );
}

const methods: readonly AttributionMethod[] = [
  'FROZEN',
  'GRADIENT',
  'ATTN_LRP',
  'INTEGRATED_GRADIENTS',
  'OCCLUSION',
  'ATTENTION_ROLLOUT',
];

interface BesideProps {
  readonly explanation: Explanation;
  /** What stands beside it. */
  readonly other?: Explanation;
}

/** Explains the same target by another method beside it; by none: closes what stands there. */
export function BesideChoice({ explanation, other }: BesideProps) {
  const own = methodOf(explanation.question);
  const choose = (value: string) => {
    const method = methods.find((one) => one === value);
    if (!method) return endComparison();
    const { options: _, ...question } = explanation.question;
    compare({ ...question, target: explanation.target, method });
  };
  const isOwnTarget = other && methodOf(other.question) === own;
  return (
    <label class="beside">
      beside{' '}
      <select
        value={other ? methodOf(other.question) : ''}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        <option value="">nothing</option>
        {methods
          .filter((method) => method !== own || isOwnTarget)
          .map((method) => (
            <option key={method} value={method}>
              {methodName(method)}
            </option>
          ))}
      </select>
    </label>
  );
}
