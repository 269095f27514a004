/** How models stand, as those who follow them are told. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { TributaryError } from '../errors.ts';
import type { BrokenModel, Catalogue, CatalogueModel } from '../inference/catalogue.ts';
import { Signal } from '../signal.ts';
import type { LoadState } from './engine.ts';
import { type ModelChanges, ModelStates } from './model-states.ts';

const unloaded: LoadState = { status: 'UNLOADED', progress: null, error: null, weights: null };
const loading = (loaded: number): LoadState => ({ ...unloaded, status: 'LOADING', progress: { loaded, total: 9 } });
const ready: LoadState = { ...unloaded, status: 'READY', weights: 'LEAN' };

/** Models that are in no folder, and an engine that loads none of them. */
class Folder {
  readonly models = new Map<string, CatalogueModel>();
  readonly broken = new Map<string, BrokenModel>();
  readonly states = new Map<string, LoadState>();
  readonly signal = new Signal();
  looks = 0;
  watching = 0;
  fault: Error | undefined;

  put(name: string): void {
    this.broken.delete(name);
    this.models.set(name, { name, checkpoint: { folder: name }, specification: {} } as CatalogueModel);
  }

  breaks(name: string, error: string): void {
    this.models.delete(name);
    this.broken.set(name, { name, error });
  }

  stands(name: string, state: LoadState): void {
    this.states.set(name, state);
    this.signal.wake();
  }

  readonly catalogue = {
    list: async () => {
      this.looks++;
      if (this.fault) throw this.fault;
      return { models: [...this.models.values()], broken: [...this.broken.values()] };
    },
    get: async (name: string) => {
      throw new TributaryError('UNKNOWN_MODEL', `The server has no model ${name}`);
    },
  } as unknown as Catalogue;

  readonly engine = {
    stateOf: ({ folder }: { folder: string }) => this.states.get(folder) ?? unloaded,
    watch: (listener: () => void) => {
      this.watching++;
      const stop = this.signal.listen(listener);
      return () => {
        this.watching--;
        stop();
      };
    },
  };
}

const names = ({ changed, removed }: ModelChanges) => ({ changed: changed.map(({ name }) => name), removed });

describe('states of models', () => {
  let folder: Folder;
  let faults: unknown[];
  let states: ModelStates;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    folder = new Folder();
    faults = [];
    states = new ModelStates(folder.catalogue, folder.engine, (error) => faults.push(error));
    for (const name of ['b', 'a']) folder.put(name);
  });
  afterEach(() => mock.timers.reset());

  const follow = async (name?: string) => {
    const reader = await states.follow(name);
    const next = async () => {
      const { done, value } = await reader.next();
      assert.ok(!done);
      return names(value);
    };
    return { reader, next, first: await next() };
  };
  /** The next look at the folder is over. */
  const look = async () => {
    mock.timers.tick(1000);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  };

  it('are told at once, of all models or of one, and of none where there are none', async () => {
    assert.deepEqual((await follow()).first, { changed: ['a', 'b'], removed: [] });
    assert.deepEqual((await follow('b')).first, { changed: ['b'], removed: [] });
    folder.models.clear();
    await look();
    assert.deepEqual((await follow()).first, { changed: [], removed: [] });
  });

  it('are told as they change, the newest alone to whoever was away', async () => {
    const { next } = await follow();
    const one = await follow('b');
    const waiting = next();
    folder.stands('a', loading(1));
    assert.deepEqual(await waiting, { changed: ['a'], removed: [] });
    for (const loaded of [2, 3, 4]) folder.stands('a', loading(loaded));
    folder.stands('b', loading(1));
    folder.stands('a', ready);
    assert.deepEqual(await next(), { changed: ['a', 'b'], removed: [] });
    assert.deepEqual(await one.next(), { changed: ['b'], removed: [] });
    const nothing = next();
    // That something may have changed is no change.
    folder.signal.wake();
    folder.stands('b', unloaded);
    assert.deepEqual(await nothing, { changed: ['b'], removed: [] });
  });

  it('are of what comes into the folder, goes, breaks, and is replaced', async () => {
    const { next } = await follow();
    folder.put('c');
    folder.models.delete('a');
    await look();
    assert.deepEqual(await next(), { changed: ['c'], removed: ['a'] });
    folder.breaks('c', 'no weights');
    await look();
    assert.deepEqual(await next(), { changed: ['c'], removed: [] });
    const waiting = next();
    // Every look finds it broken anew.
    await look();
    folder.breaks('c', 'no tokenizer');
    await look();
    assert.deepEqual(await waiting, { changed: ['c'], removed: [] });
    // Other files are another model.
    folder.put('b');
    await look();
    assert.deepEqual(await next(), { changed: ['b'], removed: [] });
  });

  it('of one model go on when it has gone and comes again', async () => {
    const { next } = await follow('a');
    folder.models.delete('a');
    await look();
    assert.deepEqual(await next(), { changed: [], removed: ['a'] });
    const again = next();
    folder.put('c');
    await look();
    folder.put('a');
    await look();
    assert.deepEqual(await again, { changed: ['a'], removed: [] });
  });

  it('are looked for while somebody follows, by one look for all', async () => {
    const followers = [await follow(), await follow(), await follow('a')];
    const before = folder.looks;
    await look();
    assert.equal(folder.looks, before + 1);
    for (const { reader } of followers) await reader.return();
    await look();
    await look();
    assert.deepEqual([folder.looks, folder.watching], [before + 1, 0]);
    assert.deepEqual((await follow()).first, { changed: ['a', 'b'], removed: [] });
    assert.equal(folder.watching, 1);
  });

  it('refuse a name of none, and what cannot be listed, and hold nothing for it', async () => {
    await assert.rejects(states.follow('x'), { code: 'UNKNOWN_MODEL' });
    folder.fault = new TributaryError('OVER_CAPACITY', 'too many open files');
    await assert.rejects(states.follow(undefined), { code: 'OVER_CAPACITY' });
    assert.equal(folder.watching, 0);
    const before = folder.looks;
    await look();
    assert.equal(folder.looks, before);
  });

  it('stay as they were while the folder cannot be listed, and say so where that is a fault', async () => {
    const { next } = await follow();
    folder.fault = new TributaryError('OVER_CAPACITY', 'too many open files');
    await look();
    assert.deepEqual(faults, []);
    folder.fault = new Error('a fault');
    await look();
    assert.deepEqual(faults, [folder.fault]);
    folder.fault = undefined;
    folder.put('c');
    await look();
    assert.deepEqual(await next(), { changed: ['c'], removed: [] });
  });

  it('are left at once, and end when the server closes', async () => {
    const [left, closed] = [await follow(), await follow()];
    const waiting = [left.reader.next(), closed.reader.next()];
    await left.reader.return();
    assert.equal((await waiting[0])?.done, true);
    states.close();
    assert.equal((await waiting[1])?.done, true);
    assert.equal(folder.watching, 0);
  });
});
