/** Whether a run that nobody reads here is read, or kept, by another server. */
import type { Wire } from '../cluster/wire.ts';

/** Milliseconds in which whoever wants a run has to say so. */
const patience = 500;

export class Wants implements Disposable {
  readonly #wire: Pick<Wire, 'listen' | 'notify'>;
  readonly #asked = new Map<string, PromiseWithResolvers<boolean>>();
  readonly #stop: () => void;
  /** Whether a run is wanted here. */
  wantsHere: (runId: string) => boolean = () => false;

  constructor(wire: Pick<Wire, 'listen' | 'notify'>) {
    this.#wire = wire;
    this.#stop = wire.listen((note) => {
      if (!('wanted' in note)) return;
      if (note.what === 'yes') this.#asked.get(note.wanted)?.resolve(true);
      else if (this.wantsHere(note.wanted)) void wire.notify({ wanted: note.wanted, what: 'yes' });
    });
  }

  async ask(runId: string): Promise<boolean> {
    const asked = this.#asked.get(runId) ?? Promise.withResolvers<boolean>();
    this.#asked.set(runId, asked);
    const timer = setTimeout(() => asked.resolve(false), patience);
    try {
      void this.#wire.notify({ wanted: runId, what: 'asked' });
      return await asked.promise;
    } finally {
      clearTimeout(timer);
      this.#asked.delete(runId);
    }
  }

  [Symbol.dispose](): void {
    this.#stop();
    for (const { resolve } of this.#asked.values()) resolve(false);
  }
}
