/** A circulation as far as its run has told it. */
import { batch, signal } from '@preact/signals';
import type { RunEvent } from '../../client/client.ts';
import { placed } from './attribution.ts';
import { type EventOf, FollowedRun } from './run.ts';
import { server } from './server.ts';

export type CirculationStarted = EventOf<'CirculationStarted'>;
export type LayerCirculated = EventOf<'LayerCirculated'>;
export type CirculationCompleted = EventOf<'CirculationCompleted'>;

export class LiveCirculation extends FollowedRun {
  readonly started = signal<CirculationStarted | undefined>(undefined);
  /** By block, as the forward pass has passed them. */
  readonly layers = signal<readonly LayerCirculated[]>([]);
  readonly completed = signal<CirculationCompleted | undefined>(undefined);

  constructor() {
    super(server, (event) => batch(() => this.#take(event)));
  }

  #take(event: RunEvent): void {
    if (event.__typename === 'CirculationStarted') this.started.value = event;
    else if (event.__typename === 'LayerCirculated') this.layers.value = placed(this.layers.value, event);
    else if (event.__typename === 'CirculationCompleted') this.completed.value = event;
  }
}
