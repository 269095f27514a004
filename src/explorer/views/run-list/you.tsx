/** Who asks, and what of its shares is in use, as of when the list was opened; nothing where the server asks nobody who they are. */
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { MeDocument, type MeQuery } from '../../../client/generated/graphql.ts';
import { server } from '../../state/server.ts';
import { sharesInWords } from './shares-in-words.ts';

export function You() {
  const heading = useId();
  const me = useSignal<MeQuery['me'] | undefined>(undefined);
  useEffect(() => {
    const told = server.request(MeDocument, {});
    // The list itself says where the server cannot be reached.
    void told.then((answer) => (me.value = answer.me)).catch(() => undefined);
  }, []);
  const { value: you } = me;
  if (!you?.key) return null;
  return (
    <section class="you" aria-labelledby={heading}>
      <h3 id={heading}>You</h3>
      <p>
        {you.name}
        {you.expiresAt && `, until ${new Date(you.expiresAt).toLocaleDateString()}`}
      </p>
      <dl>
        {sharesInWords(you).map(([name, use]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{use}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
