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

export interface LiveRunParts {
  readonly patience: Patience;
  readonly over: Promise<void>;
  readonly client: string | undefined;
  readonly ledger: AttributionSelection;
  /** Called whenever nobody reads it any more who would come back. */
  readonly onDeserted: () => void;
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

  constructor({ patience, over, client, ledger, onDeserted }: LiveRunParts) {
    this.client = client;
    this.ledger = ledger;
    this.audience = new Audience(patience, onDeserted);
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

  /** Nobody reads it any more: it is stopped where that saves anything. No more readers are counted then. */
  desert(): void {
    if (!this.audience.isThere && this.progress < nearlyDone) this.stop(abandoned);
  }

  /** What stops it first says how it ends. */
  stop(end: RunStep): void {
    this.#end ??= end;
    this.#controller.abort(cancelled());
  }
}
