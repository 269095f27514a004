/** Slots: named places in a text that rows fill, each with what stands in it. */

/** What stands in the slots of a prompt: name → text. */
export type Slots = Readonly<Record<string, string>>;

/** The most slots of a sweep, and columns of a file. */
export const mostSlots = 100;

/** Characters of a name. */
const longestName = 100;

/** @returns what is wrong with a name, as a message goes on; undefined where nothing is */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > longestName) return `has ${name.length} characters; it has at most ${longestName}`;
  if (/[{}]/.test(name)) return 'has braces; they stand around a slot in a template';
  if (/\p{Cc}/u.test(name)) return 'has control characters';
  if (name !== name.trim()) return 'begins or ends with a space';
  // An object of JavaScript takes it for something else.
  if (name === '__proto__') return 'is one that is not taken; call it otherwise';
  return undefined;
}

/** What stands in a slot; undefined where there is none of this name. */
export function slotValue(slots: Slots, name: string): string | undefined {
  return Object.hasOwn(slots, name) ? slots[name] : undefined;
}

/** As a message lists them. */
export function listed(names: Iterable<string>): string {
  const all = [...names].map((name) => `{${name}}`);
  return all.length === 0 ? 'none' : all.join(', ');
}
