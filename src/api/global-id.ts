/** Global ids: what `id` is, and what a cursor in a list of nodes is. */
import { decodeGlobalID, encodeGlobalID } from '@pothos/plugin-relay';

export interface GlobalId {
  readonly typename: string;
  /** Among all of its type. */
  readonly id: string;
}

/** Of a file of rows that was sent. */
export function uploadGlobalId(id: string): string {
  return encodeGlobalID('Upload', id);
}

/** What an id names; undefined for a text that is none. */
export function globalIdOf(text: string): GlobalId | undefined {
  try {
    const named = decodeGlobalID(text);
    // Decoding leaves aside what is no base64: a text like an id is not taken for one.
    return encodeGlobalID(named.typename, named.id) === text ? named : undefined;
  } catch {
    return undefined;
  }
}
