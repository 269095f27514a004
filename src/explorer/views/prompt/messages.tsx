/** A prompt as the messages of a chat: who speaks, and what is said. */
import type { ChatMessageInput } from '../../../client/generated/graphql.ts';
import { draft, writeMessages } from '../../state/draft.ts';
import './messages.css';

const roles = ['system', 'user', 'assistant'];

export function Messages() {
  const messages = draft.messages.value ?? [];
  const change = (at: number, part: Partial<ChatMessageInput>) =>
    writeMessages(messages.map((message, index) => (index === at ? { ...message, ...part } : message)));
  const add = () => {
    const role = messages.at(-1)?.role === 'user' ? 'assistant' : 'user';
    writeMessages([...messages, { role, content: '' }]);
  };
  return (
    <fieldset class="messages" aria-label="Messages">
      {messages.map(({ role, content }, index) => (
        // Messages have no name but their place.
        <div class="message" key={index}>
          <select
            aria-label={`Who speaks in message ${index + 1}`}
            data-field={`prompt.messages.${index}.role`}
            value={role}
            onChange={({ currentTarget }) => change(index, { role: currentTarget.value })}
          >
            {(roles.includes(role) ? roles : [...roles, role]).map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <textarea
            aria-label={`Message ${index + 1}`}
            data-field={`prompt.messages.${index}.content`}
            rows={1}
            spellcheck={false}
            value={content}
            onInput={({ currentTarget }) => change(index, { content: currentTarget.value })}
          />
          {messages.length > 1 && (
            <button
              type="button"
              aria-label={`Remove message ${index + 1}`}
              onClick={() => writeMessages(messages.filter((_, at) => at !== index))}
            >
              ×
            </button>
          )}
        </div>
      ))}
      <button type="button" onClick={add}>
        Add a message
      </button>
    </fieldset>
  );
}
