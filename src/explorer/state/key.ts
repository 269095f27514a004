/** The key that the page asks with, where the server wants one: kept by this tab, and no longer than it is open. */
import { signal } from '@preact/signals';

const place = 'tributary-key';

/** Whether the server has refused an answer for want of a key, or has not taken the one that there is. */
export const isKeyWanted = signal(false);

export function key(): string | undefined {
  return sessionStorage.getItem(place) ?? undefined;
}

/** What everything was asked with is another key from now on: the page begins anew. @param text empty: none */
export function takeKey(text: string): void {
  if (text) sessionStorage.setItem(place, text);
  else sessionStorage.removeItem(place);
  location.reload();
}
