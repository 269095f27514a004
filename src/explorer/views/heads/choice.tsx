/** One of a few: buttons of which one is pressed in. */
import { useId } from 'preact/hooks';

interface ChoiceProps<Value extends string> {
  /** For screen readers: what is chosen. */
  readonly label: string;
  readonly values: Readonly<Record<Value, string>>;
  readonly value: Value;
  readonly choose: (value: Value) => void;
}

export function Choice<Value extends string>({ label, values, value, choose }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{label}</legend>
      {(Object.entries(values) as [Value, string][]).map(([one, title]) => (
        <label key={one}>
          <input type="radio" name={name} checked={one === value} onChange={() => choose(one)} />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
  );
}
