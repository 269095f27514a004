/** The models of a worker, by the revision of their files: what it may take tasks of. */
import type { Catalogue, CatalogueModel } from '../inference/catalogue.ts';

/** Milliseconds between two looks at the models folder. */
const period = 1000;

export class WorkerModels implements Disposable {
  readonly #catalogue: Catalogue;
  readonly #onChange: () => void;
  readonly #onFault: (error: unknown) => void;
  #models: ReadonlyMap<string, CatalogueModel> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param onChange called when there are others */
  constructor(catalogue: Catalogue, onChange: () => void, onFault: (error: unknown) => void) {
    this.#catalogue = catalogue;
    this.#onChange = onChange;
    this.#onFault = onFault;
  }

  /** Settles when those are known that lie there now: of new files that takes as long as to read them. */
  async start(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.#onFault(error);
    }
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.start(), period).unref();
  }

  get all(): ReadonlyMap<string, CatalogueModel> {
    return this.#models;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { models } = await this.#catalogue.list();
    const found = new Map<string, CatalogueModel>();
    for (const model of models) {
      // One that is being replaced, or cannot be read now, may be found at the next look.
      const revision = await model.checkpoint.revision().catch(() => undefined);
      if (revision !== undefined) found.set(revision, model);
    }
    const isSame =
      found.size === this.#models.size && [...found].every(([key, model]) => this.#models.get(key) === model);
    this.#models = found;
    if (!isSame) this.#onChange();
  }
}
