/** What is pointed at, and what was chosen: the same in every view. */
import { computed, signal } from '@preact/signals';

/** Undefined parts are open: a position in all layers, a layer in all its heads. */
export interface Selection {
  readonly position?: number;
  /** The last one of several in a row, of which `position` is the first. */
  readonly end?: number;
  readonly layer?: number;
  readonly head?: number;
}

/** While the pointer is there, or the focus. */
export const hovered = signal<Selection>({});

/** Until it is let go; stands in the URL. */
export const pinned = signal<Selection>({});

/** What views emphasise: part by part what is pointed at, else what was chosen. A layer that is pointed at has its own head. */
export const chosen = computed<Selection>(() => {
  const { position, end, layer, head } = hovered.value;
  const kept = pinned.value;
  const atPosition = position === undefined ? { position: kept.position, end: kept.end } : { position, end };
  const atLayer = layer === undefined ? { layer: kept.layer, head: kept.head } : { layer, head };
  return compact({ ...atPosition, ...atLayer });
});

/** Without what a prompt or a model does not have: what was chosen of another one beside it, or stands in an address. */
export function within({ position, layer, head }: Selection, tokens: number, layers: number): Selection {
  const isLayer = layer === undefined || layer < layers;
  return compact({
    position: position !== undefined && position < tokens ? position : undefined,
    layer: isLayer ? layer : undefined,
    head: isLayer ? head : undefined,
  });
}

/**
 * Chooses it, or lets it go where it was chosen already; what it does not name stays as it is. A head is one of its
 * layer's: who chooses a layer as a whole lets go of the head, and who chooses a position, of those after it.
 */
export function pin(selection: Selection): void {
  const named = {
    ...(selection.layer !== undefined && { head: undefined }),
    ...(selection.position !== undefined && { end: undefined }),
    ...selection,
  };
  const parts = Object.keys(named) as (keyof Selection)[];
  const same = parts.every((part) => pinned.value[part] === named[part]);
  const cleared = Object.fromEntries(parts.map((part) => [part, undefined]));
  pinned.value = compact({ ...pinned.value, ...(same ? cleared : named) });
}

/** Escape: lets go of everything. */
export function letGo(): void {
  hovered.value = {};
  pinned.value = {};
}

function compact(selection: { [Part in keyof Selection]: number | undefined }): Selection {
  return Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined));
}
