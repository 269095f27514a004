/** A part of the page whose code is fetched when it is first drawn: what is not looked at is not loaded. */
import { signal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { Notice } from './notice.tsx';

/** @param load of a module, asked once */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | undefined>(undefined);
  const failed = signal(false);
  let isAsked = false;
  const ask = async () => {
    try {
      loaded.value = await load();
    } catch {
      failed.value = true;
    }
  };
  return function Later(props: Props & JSX.IntrinsicAttributes) {
    if (!isAsked) void ask();
    isAsked = true;
    const Loaded = loaded.value;
    if (Loaded) return <Loaded {...props} />;
    return failed.value ? <Missing /> : null;
  };
}

/** The server may be away, or may have been started anew with another version of the page. */
function Missing() {
  return (
    <Notice kind="problem">
      <p>This part of the page could not be fetched.</p>
      <p class="ways-out">
        <button type="button" onClick={() => location.reload()}>
          Load the page again
        </button>
      </p>
    </Notice>
  );
}
