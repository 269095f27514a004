import type { TributaryError } from '../errors.ts';
import type { AttributionSelection } from '../explain/attribution/result.ts';
import type { Ticket } from '../jobs/engine.ts';
import type { Took } from '../jobs/messages.ts';
import { Audience, type Patience } from './audience.ts';
import { abandoned, cancelled } from './ending.ts';
import type { RunProfile, RunStep } from './types.ts';

/** The part of a run behind which it is not worth ending for want of readers. */
const nearlyDone = 0.9;

/** What a run is told of its job. */
export interface Told {
  readonly onStart: () => void;
  readonly onQueue: (ticket: Ticket) => void;
  /** @param sharedBy how many runs the job was for */
  readonly onTook: (took: Took, sharedBy?: number) => void;
}

/** A run while it is under way. */
export class LiveRun {
  readonly audience: Audience;
  /** Who asked for it first. */
  readonly client: string | undefined;
  /** Settles, never rejects, when the run is over and stored. */
  readonly over: Promise<void>;
  /** Of an attribution, what its events will tell. */
  readonly ledger: AttributionSelection;
  /** How much of it is behind, from 0 to 1; 0 for a run of which nobody can tell. */
  progress = 0;
  /** Its job's, once that is in the queue. */
  ticket: Ticket | undefined;
  /** Where its time went, once its job is done. */
  profile: RunProfile | undefined;
  /** What its job was refused with. */
  refusal: TributaryError | undefined;
  readonly #controller = new AbortController();
  #end: RunStep | undefined;

  constructor(patience: Patience, over: Promise<void>, client: string | undefined, ledger: AttributionSelection) {
    this.client = client;
    this.ledger = ledger;
    this.audience = new Audience(patience, () => {
      if (this.progress < nearlyDone) this.stop(abandoned);
    });
    this.over = over.finally(() => this.audience.close());
  }

  /** Aborts when it is stopped. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** How it ends, once it was stopped. */
  get end(): RunStep | undefined {
    return this.#end;
  }

  /** What stops it first says how it ends. */
  stop(end: RunStep): void {
    this.#end ??= end;
    this.#controller.abort(cancelled());
  }
}
