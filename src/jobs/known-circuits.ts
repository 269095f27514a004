/** The circuits of the models that were asked about last: each part of an answer is computed once. */
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { CircuitsRequest, CircuitsResult, CompositionKind } from '../explain/circuits/result.ts';
import type { CatalogueModel } from '../inference/catalogue.ts';
import type { Engine, JobOptions } from './engine.ts';
import { circuits } from './kinds/circuits.ts';
import { joinAll, SharedJob } from './shared-job.ts';

type Part = 'copying' | CompositionKind;

/** Of how many models the answers are kept. */
const mostModels = 8;

export class KnownCircuits {
  readonly #engine: Engine;
  /** By revision of the model's files, the one that was asked about last at the end. */
  readonly #models = new Map<string, Map<Part, SharedJob<CircuitsResult>>>();
  readonly #closing = new AbortController();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * What is not known yet is computed, in one job. Whoever asks for the same meanwhile waits for that job, which ends
   * with the last of them who leaves.
   * @param options.signal ends the waiting
   * @throws TributaryError as the engine's
   */
  async of(
    { checkpoint }: Pick<CatalogueModel, 'checkpoint'>,
    request: CircuitsRequest,
    { signal, client }: Pick<JobOptions, 'signal' | 'client'> = {},
  ): Promise<CircuitsResult> {
    const asked: Part[] = [...(request.copying ? (['copying'] as const) : []), ...request.composition];
    if (asked.length === 0) return { composition: {} };
    const known = this.#partsOf(await checkpoint.revision());
    signal?.throwIfAborted();
    const missing = asked.filter((part) => known.get(part)?.abandoned ?? true);
    if (missing.length > 0) this.#compute(checkpoint, known, missing, client);
    const jobs = asked.flatMap((part) => known.get(part) ?? []);
    const results = await joinAll(jobs, signal);
    const { copying, ...composition } = Object.fromEntries(
      asked.map((part, index) => [part, valuesOf(results[index], part)]),
    );
    return { ...(copying && { copying }), composition };
  }

  /** Ends what is being computed. */
  close(): void {
    this.#closing.abort();
  }

  #partsOf(revision: string): Map<Part, SharedJob<CircuitsResult>> {
    const parts = this.#models.get(revision) ?? new Map<Part, SharedJob<CircuitsResult>>();
    this.#models.delete(revision);
    this.#models.set(revision, parts);
    const [oldest] = this.#models.keys();
    if (this.#models.size > mostModels && oldest !== undefined) this.#models.delete(oldest);
    return parts;
  }

  #compute(
    model: Snapshot,
    known: Map<Part, SharedJob<CircuitsResult>>,
    missing: readonly Part[],
    client: string | undefined,
  ): void {
    const request = {
      copying: missing.includes('copying'),
      composition: missing.filter((part) => part !== 'copying'),
    };
    const job = new SharedJob(async (left) => {
      try {
        return await this.#engine.run(circuits, model, request, {
          signal: AbortSignal.any([left, this.#closing.signal]),
          client,
        });
      } catch (error) {
        // What failed may be asked for again; what was left has been already, it may be.
        for (const part of missing) if (known.get(part) === job) known.delete(part);
        throw error;
      }
    });
    for (const part of missing) known.set(part, job);
  }
}

function valuesOf(result: CircuitsResult | undefined, part: Part): Float32Array {
  const values = part === 'copying' ? result?.copying : result?.composition[part];
  if (!values) throw new Error(`The engine left out ${part}`);
  return values;
}
