/** One of a few: buttons of which one is pressed in. */
interface ChoiceProps<Value extends string> {
  /** For screen readers: what is chosen. */
  readonly label: string;
  readonly values: Readonly<Record<Value, string>>;
  readonly value: Value;
  readonly choose: (value: Value) => void;
}

export function Choice<Value extends string>({ label, values, value, choose }: ChoiceProps<Value>) {
  return (
    <fieldset class="segmented" aria-label={label}>
      {(Object.entries(values) as [Value, string][]).map(([one, title]) => (
        <button type="button" key={one} aria-pressed={one === value} onClick={() => choose(one)}>
          {title}
        </button>
      ))}
    </fieldset>
  );
}
