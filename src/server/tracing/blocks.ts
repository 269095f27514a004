import type { BlockProfile } from '../../inference/profile.ts';

/** Milliseconds since 1970. */
export interface BlockSpan {
  readonly direction: 'forward' | 'back';
  readonly layer: number;
  readonly began: number;
  readonly ended: number;
}

/**
 * When each block was passed, forward from the first and back from the last. A profile says how long each took in all, of
 * several passes too, and not when: they are laid one behind the other.
 * @param from when the first was begun, in milliseconds since 1970
 */
export function blockSpans({ forward, back }: BlockProfile, from: number): BlockSpan[] {
  let at = from;
  const laid = (direction: BlockSpan['direction'], layer: number, seconds: number): BlockSpan => {
    const began = at;
    at += seconds * 1000;
    return { direction, layer, began, ended: at };
  };
  const ahead = forward.map((seconds, layer) => laid('forward', layer, seconds));
  const reversed = back.map((seconds, layer) => ({ seconds, layer })).reverse();
  return [...ahead, ...reversed.map(({ seconds, layer }) => laid('back', layer, seconds))];
}
