/** What is asked: the prompt, the target, the method. */
import { draft, write } from '../../state/draft.ts';
import { explain } from '../../state/workspace.ts';
import './prompt.css';

export function PromptBar() {
  const submit = (event: Event) => {
    event.preventDefault();
    explain();
  };
  return (
    <form class="prompt" onSubmit={submit}>
      <textarea
        aria-label="Prompt"
        value={draft.text.value}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        rows={2}
      />
      <button type="submit" class="primary">
        Explain
      </button>
    </form>
  );
}
