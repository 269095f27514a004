/** One of a few: buttons of which one is pressed in. */
import './choice.css';

interface ChoiceProps<Value extends string> {
  /** For screen readers: what is chosen. */
  readonly label: string;
  /** Their titles, in order. */
  readonly values: Readonly<Partial<Record<Value, string>>>;
  readonly chosen: { value: Value };
}

export function Choice<Value extends string>({ label, values, chosen }: ChoiceProps<Value>) {
  return (
    <fieldset class="segmented" aria-label={label}>
      {(Object.entries(values) as [Value, string][]).map(([value, title]) => (
        <button type="button" key={value} aria-pressed={value === chosen.value} onClick={() => (chosen.value = value)}>
          {title}
        </button>
      ))}
    </fieldset>
  );
}
