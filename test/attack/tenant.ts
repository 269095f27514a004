/** One of several who share a server: an owner with keys of their own, and what they have stored under words of their own. */
import assert from 'node:assert/strict';
import type { Scope } from '../../src/principal.ts';
import type { RunStore } from '../../src/runs/store.ts';
import { type Asking, askingBy } from '../support/as-owner.ts';
import { storeThings, type Things, type Words } from '../support/stored-things.ts';
import { type Borders, word } from './borders.ts';

export interface Key {
  readonly id: string;
  readonly text: string;
}

export class Tenant {
  readonly name: string;
  readonly scope: Scope;
  readonly key: Key;
  readonly asking: Asking;
  /** Absent of one who has nothing. */
  things: Things | undefined;
  /** A run that everybody who may read finds by its id. */
  shared: string | undefined;

  private constructor(name: string, scope: Scope, key: Key, url: string) {
    this.name = name;
    this.scope = scope;
    this.key = key;
    this.asking = askingBy(url, { authorization: `Bearer ${key.text}` });
  }

  static async open(
    name: string,
    scope: Scope,
    { store, url, borders }: Pick<Place, 'store' | 'url' | 'borders'>,
  ): Promise<Tenant> {
    return new Tenant(name, scope, await newKey(name, scope, { store, borders }), url);
  }

  /** Of the owner's own words, by the name of what takes them in a request. */
  get words(): Readonly<Record<string, string>> {
    const own = (number: number) => word(this.name, 'x', number);
    const [text, label, list] = [own(10), own(11), own(12)];
    return {
      ...{ text, content: text, prefix: text, note: label, description: label, tags: label },
      ...{ experiment: list, value: text, template: text, owner: own(0) },
    };
  }

  /** The same, for documents at random. */
  get vocabulary(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(Object.entries(this.words).map(([name, text]) => [name, [text]]));
  }

  /** Stores some of everything, by a key that may. */
  async store({ store, url, borders }: Pick<Place, 'store' | 'url' | 'borders'>): Promise<void> {
    const { text } = await newKey(this.name, 'RUN', { store, borders });
    const asking = askingBy(url, { authorization: `Bearer ${text}` });
    const shown: Words = this.#written('s', 1);
    const things = await storeThings(asking, this.#written('x', 2));
    const ofShared = await storeThings(asking, { ...shown, experiment: word(this.name, 'x', 5) });
    const { shareRun } = await asking.data<{ shareRun: { run?: object } }>(
      'mutation($id: ID!) { shareRun(id: $id) { ... on RunPayload { run { id } } } }',
      { id: ofShared.run },
    );
    assert.ok(shareRun.run);
    const known = [...Object.values(things), ...Object.values(ofShared)];
    // As if they were told by an answer: whose they are.
    assert.deepEqual(borders.crossed(this.name, '', JSON.stringify(known)), []);
    borders.share(ofShared.run);
    [this.things, this.shared] = [things, ofShared.run];
  }

  #written(kind: 'x' | 's', number: number): Words {
    const own = word(this.name, kind, number);
    return { prompt: `${own} lies off the coast`, note: `${own} is noted`, experiment: `${own} listed`, place: own };
  }
}

/** Where tenants are. */
export interface Place {
  /** The server's database, beside it. */
  readonly store: RunStore;
  readonly url: string;
  readonly borders: Borders;
  /** Keys that were good once. */
  readonly expired: Key;
  readonly revoked: Key;
}

/** @param expiresAt when it does, if ever */
export async function newKey(
  name: string,
  scope: Scope,
  { store, borders }: Pick<Place, 'store' | 'borders'>,
  expiresAt: Date | null = null,
): Promise<Key> {
  const owner = word(name, 'x', 0);
  const { text, record } = await store.keys.add({ name: owner, owner, scopes: [scope], limits: {}, expiresAt });
  borders.keep(name, text, record.id);
  return { id: record.id, text };
}
