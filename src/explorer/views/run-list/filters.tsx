/** Chooses which runs are listed. */
import { useEffect, useState } from 'preact/hooks';
import { methodNames, methods } from '../../format/method.ts';
import { models } from '../../state/models.ts';
import { type FilterChoice, kinds, spans, statuses } from './filter.ts';

/** Milliseconds without a key after which a text is looked for. */
const pause = 250;
const longestPrompt = 1000;

interface FiltersProps {
  readonly choice: FilterChoice;
  readonly choose: (choice: FilterChoice) => void;
}

export function Filters({ choice, choose }: FiltersProps) {
  const [prompt, setPrompt] = useState(choice.prompt);
  useEffect(() => setPrompt(choice.prompt), [choice.prompt]);
  useEffect(() => {
    if (prompt === choice.prompt) return;
    const timer = setTimeout(() => choose({ ...choice, prompt }), pause);
    return () => clearTimeout(timer);
  }, [prompt, choice]);
  const select = (part: keyof FilterChoice, label: string, any: string, options: Readonly<Record<string, string>>) => (
    <select
      aria-label={label}
      value={choice[part]}
      onChange={({ currentTarget }) => choose({ ...choice, prompt, [part]: currentTarget.value })}
    >
      <option value="">{any}</option>
      {Object.entries(options).map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
  const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name]));
  return (
    <form class="filters" aria-label="Which runs" onSubmit={(event) => event.preventDefault()}>
      <input
        type="search"
        aria-label="Text of the prompt"
        placeholder="Text of the prompt"
        maxLength={longestPrompt}
        value={prompt}
        onInput={({ currentTarget }) => setPrompt(currentTarget.value)}
      />
      {select('model', 'Model', 'Any model', named(models.value?.map(({ name }) => name) ?? []))}
      {select('kind', 'Kind', 'Any kind', kinds)}
      {select(
        'method',
        'Method',
        'Any method',
        Object.fromEntries(methodNames.map((name) => [name, methods[name].name])),
      )}
      {select('status', 'Status', 'Any status', named(Object.keys(statuses)))}
      {select('since', 'Time', 'Any time', named(Object.keys(spans)))}
    </form>
  );
}
