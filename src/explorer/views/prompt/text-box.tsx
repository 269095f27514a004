/** The prompt as text; or as messages, where the model's checkpoint says how a chat is written. */
import { later } from '../../parts/later.tsx';
import { draft, write, writeMessages } from '../../state/draft.ts';
import { modelNamed } from '../../state/models.ts';

const Messages = later((more) => more.Messages);

export function TextBox() {
  const messages = draft.messages.value;
  const text = draft.text.value;
  const model = modelNamed(draft.model.value);
  const mayChat = model && 'hasChatTemplate' in model && model.hasChatTemplate;
  return (
    <div class="text-box">
      {messages ? (
        <Messages />
      ) : (
        <textarea
          aria-label="Prompt"
          data-field="prompt"
          placeholder="Write a prompt: the model's next word is explained"
          value={text}
          onInput={({ currentTarget }) => write(currentTarget.value)}
          rows={2}
          spellcheck={false}
        />
      )}
      {(mayChat || messages) && (
        <button
          type="button"
          aria-pressed={!!messages}
          onClick={() => (messages ? write(text) : writeMessages([{ role: 'user', content: text }]))}
        >
          Chat
        </button>
      )}
    </div>
  );
}
