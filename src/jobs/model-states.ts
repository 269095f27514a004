/**
 * How the models stand, for those who follow it: what lies in the models folder, and what of it is in memory. While
 * nobody follows, nothing is looked at.
 */
import { TributaryError } from '../errors.ts';
import type { BrokenModel, Catalogue, CatalogueModel } from '../inference/catalogue.ts';
import { Reader, type ReadingOptions } from '../reader.ts';
import { Signal } from '../signal.ts';
import type { Engine, LoadState } from './engine.ts';

/** Milliseconds between two looks at the models folder. Watching it would miss what lies behind links and on other machines. */
const lookPeriod = 1000;

/** What has changed since a reader was told last; models are told apart by their names. */
export interface ModelChanges {
  /** By name; where they stand, the engine tells. */
  readonly changed: readonly (CatalogueModel | BrokenModel)[];
  /** Names of those that lie in the folder no more. */
  readonly removed: readonly string[];
  /** The same for the same changes. */
  readonly key: string;
}

/** What there is to be told behind a version, undefined for none: nothing yet, or 'over': nothing any more. */
type Look = (told: number | undefined) => (ModelChanges & { readonly version: number }) | undefined | 'over';

interface Known {
  /** Undefined: it is there no more. */
  readonly entry: CatalogueModel | BrokenModel | undefined;
  readonly state: LoadState | undefined;
  /** The change that made it so. */
  readonly version: number;
}

export class ModelStates {
  readonly #catalogue: Catalogue;
  readonly #engine: Pick<Engine, 'stateOf' | 'watch'>;
  readonly #onFault: (error: unknown) => void;
  readonly #signal = new Signal();
  /** By name; of those that were there while somebody followed. */
  readonly #known = new Map<string, Known>();
  #version = 0;
  #followers = 0;
  #stopWatching: () => void = () => undefined;
  /** The next look at the folder; each begins when the last one is over. */
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #closed = false;

  /** @param onFault is told of what keeps the folder from being looked at, where that is no expected failure */
  constructor(
    catalogue: Catalogue,
    engine: Pick<Engine, 'stateOf' | 'watch'>,
    onFault: (error: unknown) => void = () => undefined,
  ) {
    this.#catalogue = catalogue;
    this.#engine = engine;
    this.#onFault = onFault;
  }

  /**
   * All models, or one, as they are now; then again each that has changed, as it is when it is read.
   * @throws TributaryError UNKNOWN_MODEL, OVER_CAPACITY when the folder cannot be read
   */
  async follow(name: string | undefined, options: ReadingOptions = {}): Promise<ModelReader> {
    const leave = this.#attach();
    try {
      await this.#look();
      // Refuses a name of none, in words.
      if (name !== undefined && !this.#known.get(name)?.entry) await this.#catalogue.get(name);
      return new ModelReader(this.#signal, (told) => this.#since(told, name), { ...options, onLeave: leave });
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Those who follow are told that nothing comes any more. */
  close(): void {
    this.#closed = true;
    this.#signal.wake();
  }

  #since(told: number | undefined, name: string | undefined): ReturnType<Look> {
    if (this.#closed) return 'over';
    const news = [...this.#known]
      .filter(([own, { version }]) => version > (told ?? 0) && (name === undefined || own === name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    // Who comes anew is told what there is, be it nothing.
    if (told !== undefined && news.length === 0) return undefined;
    return {
      changed: news.flatMap(([, { entry }]) => entry ?? []),
      removed: told === undefined ? [] : news.flatMap(([own, { entry }]) => (entry ? [] : own)),
      key: JSON.stringify(['models', name, told, this.#version]),
      version: this.#version,
    };
  }

  #attach(): () => void {
    if (this.#followers++ === 0) this.#stopWatching = this.#engine.watch(() => this.#stateChanged());
    let there = true;
    return () => {
      if (!there) return;
      there = false;
      if (--this.#followers > 0) return;
      this.#stopWatching();
      clearTimeout(this.#timer);
      this.#known.clear();
    };
  }

  /** Several who ask at once share a look. */
  #look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#looking ??= this.#readFolder().finally(() => {
      this.#looking = undefined;
      if (this.#followers === 0) return;
      this.#timer = setTimeout(() => {
        this.#look().catch((error) => {
          // What cannot be read now may be at the next look.
          if (!(error instanceof TributaryError)) this.#onFault(error);
        });
      }, lookPeriod).unref();
    });
    return this.#looking;
  }

  async #readFolder(): Promise<void> {
    const { models, broken } = await this.#catalogue.list();
    if (this.#followers === 0) return;
    const there = new Map([...models, ...broken].map((entry) => [entry.name, entry]));
    for (const name of this.#known.keys()) if (!there.has(name)) this.#set(name, undefined);
    for (const [name, entry] of there) this.#set(name, entry);
  }

  #stateChanged(): void {
    for (const [name, { entry }] of this.#known) this.#set(name, entry);
  }

  #set(name: string, entry: Known['entry']): void {
    const state = entry && 'checkpoint' in entry ? this.#engine.stateOf(entry.checkpoint) : undefined;
    const known = this.#known.get(name);
    if (known && isSame(known, { entry, state })) return;
    this.#known.set(name, { entry, state, version: ++this.#version });
    this.#signal.wake();
  }
}

/** Told of all that changed since it was told last, once, as it is then: nothing waits for a slow reader. */
export class ModelReader extends Reader<ModelChanges> {
  readonly #look: Look;
  #told: number | undefined;

  constructor(signal: Signal, look: Look, options: ReadingOptions) {
    super((wake) => signal.listen(wake), options);
    this.#look = look;
  }

  protected async look(): Promise<ModelChanges | undefined> {
    const news = this.#look(this.#told);
    if (news === 'over') this.stop();
    if (news === 'over' || news === undefined) return undefined;
    this.#told = news.version;
    return news;
  }
}

/** A model is opened anew when its files change. */
function isSame(known: Known, { entry, state }: Pick<Known, 'entry' | 'state'>): boolean {
  if (JSON.stringify(known.state) !== JSON.stringify(state)) return false;
  if (entry && known.entry && 'error' in entry && 'error' in known.entry) return entry.error === known.entry.error;
  return entry === known.entry;
}
