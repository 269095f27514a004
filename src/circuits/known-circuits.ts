/** The circuits of the models that were asked about last: each part of an answer is computed once. */
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { CatalogueModel } from '../model/catalogue.ts';
import type { Engine } from '../model/engine.ts';
import type { CircuitsRequest, CircuitsResult, CompositionKind } from './result.ts';

type Part = 'copying' | CompositionKind;

/** Of how many models the answers are kept. */
const mostModels = 8;

export class KnownCircuits {
  readonly #engine: Engine;
  /** By revision of the model's files, the one that was asked about last at the end. */
  readonly #models = new Map<string, Map<Part, Promise<Float32Array>>>();
  readonly #closing = new AbortController();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * What is not known yet is computed, in one job. Whoever asks for the same meanwhile waits for that job; it goes on
   * though nobody waits any more, and its answer is there for the next.
   * @throws TributaryError as the engine's
   */
  async of({ checkpoint }: Pick<CatalogueModel, 'checkpoint'>, request: CircuitsRequest): Promise<CircuitsResult> {
    const asked: Part[] = [...(request.copying ? (['copying'] as const) : []), ...request.composition];
    if (asked.length === 0) return { composition: {} };
    const known = this.#partsOf(await checkpoint.revision());
    const missing = asked.filter((part) => !known.has(part));
    if (missing.length > 0) this.#compute(checkpoint, known, missing);
    const parts = await Promise.all(asked.map(async (part) => [part, await known.get(part)] as const));
    const { copying, ...composition } = Object.fromEntries(parts);
    return { ...(copying && { copying }), composition };
  }

  /** Ends what is being computed. */
  close(): void {
    this.#closing.abort();
  }

  #partsOf(revision: string): Map<Part, Promise<Float32Array>> {
    const parts = this.#models.get(revision) ?? new Map<Part, Promise<Float32Array>>();
    this.#models.delete(revision);
    this.#models.set(revision, parts);
    const [oldest] = this.#models.keys();
    if (this.#models.size > mostModels && oldest !== undefined) this.#models.delete(oldest);
    return parts;
  }

  #compute(model: Snapshot, known: Map<Part, Promise<Float32Array>>, missing: readonly Part[]): void {
    const request = {
      copying: missing.includes('copying'),
      composition: missing.filter((part) => part !== 'copying'),
    };
    const { signal } = this.#closing;
    const result = this.#engine.circuits(model, request, { signal });
    for (const part of missing) {
      const values = result.then(({ copying, composition }) => {
        const found = part === 'copying' ? copying : composition[part];
        if (!found) throw new Error(`The engine left out ${part}`);
        return found;
      });
      known.set(part, values);
      // What failed may be asked for again.
      values.catch(() => known.delete(part));
    }
  }
}
