/** Attributions as whoever asks reaches them. */

import { unknownRun } from '../errors.ts';
import type { AttributionSelection } from '../explain/attribution/result.ts';
import { type Access, changes, readOnly, reads, storedAlone } from './access.ts';
import type { Reading } from './answers.ts';
import type { Attributions } from './attributions.ts';
import type { Asking, RunRecord } from './types.ts';

export class OwnAttributions {
  readonly #attributions: Attributions;
  readonly #access: Access;

  constructor(attributions: Attributions, access: Access) {
    this.#attributions = attributions;
    this.#access = access;
  }

  /** As `Attributions.start`; the runs are theirs. */
  start(...[subject, questions, selection, asking]: Parameters<Attributions['start']>) {
    return this.#attributions.start(subject, questions, selection, this.#owned(asking));
  }

  /** As `Attributions.ask`; the runs are theirs. */
  ask(...[subject, questions, selection, asking]: Parameters<Attributions['ask']>) {
    return this.#attributions.ask(subject, questions, selection, this.#owned(asking));
  }

  /** As `Attributions.read`. @throws TributaryError READ_ONLY for more of another's run than is stored */
  async read(...[run, subject, selection, reading]: Parameters<Attributions['read']>) {
    return this.#attributions.read(run, subject, selection, this.#reading(run, reading));
  }

  /** As `Attributions.tell`. @throws TributaryError READ_ONLY for more of another's run than is stored */
  async tell(...[run, subject, selection, reading]: Parameters<Attributions['tell']>) {
    return this.#attributions.tell(run, subject, selection, this.#reading(run, reading));
  }

  /** As `Attributions.untold`. */
  async untold(run: RunRecord, selection: AttributionSelection): Promise<AttributionSelection> {
    this.#require(run);
    return this.#attributions.untold(run, selection);
  }

  #owned<Given extends Asking>(asking: Given | undefined) {
    return { ...asking, owner: this.#access.owner };
  }

  #reading<Given extends Reading>(run: RunRecord, { signal, client, ...given } = {} as Given) {
    this.#require(run);
    const { computes } = this.#access;
    const refusal = changes(this.#access, run) ? (computes ? undefined : storedAlone(run.id)) : readOnly(run.id);
    return {
      signal,
      client,
      ...('keep' in given && { keep: given.keep as boolean }),
      ...(refusal && { storedOnly: refusal }),
    };
  }

  #require(run: RunRecord): void {
    if (!reads(this.#access, run)) throw unknownRun(run.id);
  }
}
