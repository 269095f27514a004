/** Name, description and tags of an experiment, to be written. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ProblemNotice } from '../../parts/notice.tsx';
import type { Problem } from '../../state/problem.ts';
import type { Described, Done } from './changes.ts';

/** Characters. */
const longestName = 200;

interface DescriptionFormProps {
  /** Of the button that keeps it. */
  readonly action: string;
  readonly before?: Described;
  readonly keep: (described: Described) => Done;
  readonly close: () => void;
}

export function DescriptionForm({
  action,
  before = { name: '', description: '', tags: [] },
  keep,
  close,
}: DescriptionFormProps) {
  const name = useSignal(before.name);
  const description = useSignal(before.description);
  const tags = useSignal(before.tags.join(', '));
  const problem = useSignal<Problem | undefined>(undefined);
  const first = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => first.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    problem.value = await keep({
      name: name.value.trim(),
      description: description.value.trim(),
      tags: tagsIn(tags.value),
    });
  };
  return (
    <form
      class="described"
      aria-label={action}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        close();
      }}
    >
      <label>
        Name
        <input
          ref={first}
          required
          maxLength={longestName}
          value={name.value}
          onInput={({ currentTarget }) => (name.value = currentTarget.value)}
        />
      </label>
      <label>
        Tags, with commas between
        <input value={tags.value} onInput={({ currentTarget }) => (tags.value = currentTarget.value)} />
      </label>
      <label class="wide">
        What it is to find out
        <textarea
          rows={2}
          value={description.value}
          onInput={({ currentTarget }) => (description.value = currentTarget.value)}
        />
      </label>
      <p class="ways-out wide">
        <button type="submit" class="primary" disabled={name.value.trim() === ''}>
          {action}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </p>
      {problem.value && <ProblemNotice problem={problem.value} />}
    </form>
  );
}

/** Each once, without what is empty. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter(Boolean);
}
