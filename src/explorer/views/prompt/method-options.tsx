/** What is explained of the target, and what some methods can be told. */
import type { TargetKind } from '../../../client/generated/graphql.ts';
import { draft, takes } from '../../state/draft.ts';
import { TokenCombobox } from './token-combobox.tsx';

/** Unless it is told: as the server has it. */
const usualSteps = 32;

interface MethodOptionsProps {
  /** In words. */
  readonly kinds: Readonly<Record<TargetKind, string>>;
}

export function MethodOptions({ kinds }: MethodOptionsProps) {
  const method = draft.method.value;
  return (
    <div class="options">
      <label>
        explain{' '}
        <select
          value={draft.kind.value}
          onChange={({ currentTarget }) => {
            draft.kind.value = currentTarget.value as TargetKind;
          }}
        >
          {Object.entries(kinds).map(([kind, words]) => (
            <option key={kind} value={kind}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {takes(method, 'steps') && (
        <label>
          steps{' '}
          <input
            type="number"
            min={1}
            max={256}
            data-field="options.steps"
            placeholder={String(usualSteps)}
            value={draft.steps.value ?? ''}
            onInput={({ currentTarget: { value, valueAsNumber } }) => {
              draft.steps.value = value === '' ? undefined : Math.round(valueAsNumber);
            }}
          />
        </label>
      )}
      {takes(method, 'baseline') && (
        <span>
          baseline{' '}
          <TokenCombobox label="Baseline" chosen={draft.baseline} otherwise="none: zeros" field="options.baseline" />
        </span>
      )}
    </div>
  );
}
