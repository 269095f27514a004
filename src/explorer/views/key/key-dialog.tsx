/** Asks for a key, where the server wants one; and forgets it. */
import { useEffect, useId, useRef } from 'preact/hooks';
import { isKeyWanted, key, takeKey } from '../../state/key.ts';
import './key-dialog.css';

export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const take = (event: Event) => {
    event.preventDefault();
    takeKey(field.current?.value.trim() ?? '');
  };
  return (
    // Put away by Escape, it comes back with the next refusal.
    <dialog
      class="key-dialog"
      ref={dialog}
      aria-labelledby={`${id}-heading`}
      onClose={() => {
        isKeyWanted.value = false;
      }}
    >
      <form onSubmit={take}>
        <h2 id={`${id}-heading`}>This server wants to know who asks</h2>
        <p role="status">
          {key() === undefined ? 'Give it your API key or a token.' : 'It does not take the key that it was given.'} It
          is kept until this tab is closed.
        </p>
        <label for={id}>Key</label>
        <input
          id={id}
          ref={field}
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          pattern="\s*[!-~]+\s*"
          title="A key, or a token, is one word of letters, digits and signs, without spaces in it"
        />
        <p class="ways-out">
          <button type="submit" class="primary">
            Go on
          </button>
        </p>
      </form>
    </dialog>
  );
}

export function SignOut() {
  return (
    <button type="button" onClick={() => takeKey('')}>
      Sign out
    </button>
  );
}
