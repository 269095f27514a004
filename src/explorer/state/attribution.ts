/** An attribution as far as its run has told it. */
import { batch, computed, signal } from '@preact/signals';
import type { RunEvent } from '../../client/client.ts';
import { largestOf } from '../drawing/colour.ts';
import { type EventOf, FollowedRun } from './run.ts';
import { server } from './server.ts';

export type AttributionStarted = EventOf<'AttributionStarted'>;
export type LayerPassed = EventOf<'LayerPassed'>;
export type LayerAttributed = EventOf<'LayerAttributed'>;
export type AttributionCompleted = EventOf<'AttributionCompleted'>;

export class LiveAttribution extends FollowedRun {
  readonly started = signal<AttributionStarted | undefined>(undefined);
  /** By block, as the forward pass has passed them. */
  readonly passed = signal<readonly LayerPassed[]>([]);
  /** By block, from the last one down; what the reverse pass has not reached is absent. */
  readonly attributed = signal<readonly (LayerAttributed | undefined)[]>([]);
  /** Of methods that are not told by blocks: how many of `started.total`. */
  readonly done = signal(0);
  readonly completed = signal<AttributionCompleted | undefined>(undefined);
  /**
   * The largest magnitude that a token, a part of a block or a head contributes, as far as it is known: the end of the one
   * scale on which all views of this answer draw contributions.
   */
  readonly largest = computed(() =>
    Math.max(
      largestOf((this.completed.value?.tokens ?? []).map(({ score }) => score)),
      largestOf(this.attributed.value.flatMap((layer) => (layer ? contributionsOf(layer) : []))),
    ),
  );

  constructor() {
    super(server, (event) => batch(() => this.#take(event)));
  }

  #take(event: RunEvent): void {
    if (event.__typename === 'AttributionStarted') this.started.value = event;
    else if (event.__typename === 'LayerPassed') this.passed.value = placed(this.passed.value, event);
    else if (event.__typename === 'LayerAttributed') this.attributed.value = placed(this.attributed.value, event);
    else if (event.__typename === 'AttributionProgressed') this.done.value = event.done;
    else if (event.__typename === 'AttributionCompleted') this.completed.value = event;
  }
}

/** A layer that is told again, after a repeat, takes its own place. */
export function placed<Layer extends { readonly layer: number }>(
  layers: readonly (Layer | undefined)[],
  layer: Layer,
): Layer[] {
  const next = [...layers];
  next[layer.layer] = layer;
  return next as Layer[];
}

function contributionsOf({ attention, mlp, heads }: LayerAttributed): number[] {
  return [attention, mlp, ...heads].flatMap((part) => part?.total ?? []);
}
