/** The prompt as text. */
import { draft, write } from '../../state/draft.ts';

export function TextBox() {
  return (
    <textarea
      aria-label="Prompt"
      data-field="prompt"
      placeholder="Write a prompt: the model's next word is explained"
      value={draft.text.value}
      onInput={({ currentTarget }) => write(currentTarget.value)}
      rows={2}
      spellcheck={false}
    />
  );
}
