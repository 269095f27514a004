/** This process as a worker: the only one of a server that computes by itself. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import type { Catalogue } from '../inference/catalogue.ts';
import type { Speed } from '../inference/speed.ts';
import type { Signal } from '../signal.ts';
import type { Worker, WorkerSource, WorkerState } from '../worker-state.ts';
import type { Engine } from './engine.ts';

/** Milliseconds between two looks at the models folder, while somebody follows. */
const lookPeriod = 1000;

/** What of the machine is in use. */
export interface Load {
  /** Jobs that compute. */
  readonly running: number;
  /** Bytes that loaded models and what jobs keep take. */
  readonly memory: number;
  /** Of one of its processes; undefined until it is measured. */
  readonly speed: Speed | undefined;
}

/** An engine that computes in this process, and says how busy it is. */
export interface Loaded {
  readonly load: Load;
  /** Of `load`: it may be another one. */
  readonly loads: Signal;
}

export interface OwnWorkerParts {
  readonly catalogue: Pick<Catalogue, 'list'>;
  /** One that does not say how busy it is counts as idle. */
  readonly engine: Pick<Engine, 'stateOf' | 'watch'> & Partial<Loaded>;
  readonly settings: Readonly<Record<'workers' | 'maxModelMemory', number>>;
}

export class OwnWorker implements WorkerSource {
  readonly #parts: OwnWorkerParts;
  readonly #own = { id: randomUUID(), name: hostname(), startedAt: new Date() };

  constructor(parts: OwnWorkerParts) {
    this.#parts = parts;
  }

  async list(): Promise<readonly Worker[]> {
    return [{ ...this.#own, ...(await this.state()), seenAt: new Date() }];
  }

  /** @throws TributaryError OVER_CAPACITY when the models folder cannot be read */
  async state(): Promise<WorkerState> {
    const { catalogue, engine, settings } = this.#parts;
    const { models } = await catalogue.list();
    const { running = 0, memory = 0, speed = null } = engine.load ?? {};
    return {
      models: models.map(({ name, checkpoint }) => ({ name, revision: null, ...engine.stateOf(checkpoint) })),
      memory: { total: settings.maxModelMemory, used: memory },
      speed,
      workers: settings.workers,
      running,
      program: packageJson.version,
    };
  }

  watch(listener: () => void): () => void {
    const { engine } = this.#parts;
    const stops = [engine.watch(listener), engine.loads?.listen(listener)];
    const timer = setInterval(listener, lookPeriod).unref();
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop?.();
    };
  }
}
