/** What is pointed at, and what was chosen: the same in every view. */
import { computed, signal } from '@preact/signals';

/** Undefined parts are open: a position in all layers, a layer in all its heads. */
export interface Selection {
  readonly position?: number;
  readonly layer?: number;
  readonly head?: number;
}

/** While the pointer is there, or the focus. */
export const hovered = signal<Selection>({});

/** Until it is let go; stands in the URL. */
export const pinned = signal<Selection>({});

/** What views emphasise: part by part what is pointed at, else what was chosen. A layer that is pointed at has its own head. */
export const chosen = computed<Selection>(() => {
  const { position, layer, head } = hovered.value;
  const kept = pinned.value;
  const atLayer = layer === undefined ? { layer: kept.layer, head: kept.head } : { layer, head };
  return compact({ position: position ?? kept.position, ...atLayer });
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
 * layer's: who chooses a layer as a whole lets go of the head.
 */
export function pin(selection: Selection): void {
  const named = selection.layer === undefined ? selection : { head: undefined, ...selection };
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
