/** Tenants of one server who ask for what is each other's, by every transport and by keys of every kind. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { openBeside } from '../../src/runs/open.ts';
import { RunStore } from '../../src/runs/store.ts';
import { ghost, type Things, tries, unsaid } from '../support/stored-things.ts';
import { defineAttack, type Scene } from './attack.ts';
import { Borders, word } from './borders.ts';
import { Documents } from './documents.ts';
import { askForFiles, bring, bringForeign, send } from './foreign-files.ts';
import { askWithWrongKey, lapse, mixOnOneConnection, mixOnOneSocket } from './foreign-keys.ts';
import { root } from './inside.ts';
import type { Random } from './random.ts';
import { Sender } from './sender.ts';
import { newKey, type Place, Tenant } from './tenant.ts';
import { Watcher } from './watcher.ts';

const schema = buildSchema(readFileSync(`${root}schema/schema.graphql`, 'utf8'));

/** Calls that are under way at once. */
const lanes = 8;
/** Ids of a tenant that calls are made of. */
const mostIds = 40;
/** Crossings that are told; one would do. */
const mostTold = 5;

/** What whoever changes nothing is told the same all the time, whatever others do. */
const unchanging = `{ runs(first: 50) { edges { cursor node { id status note storedBytes experiments { name } } } }
  runAggregates { count byStatus { status count } } experiments(first: 9) { edges { cursor node { id name tags } } }
  storage { bytes freeBytes runs events experiments }
  me { key running { used } waiting { used } storedBytes { used } } }`;
const everyTry = Object.values(tries).flat();

export const tenants = defineAttack({
  name: 'tenants',
  description:
    "asked by several owners at once for what is each other's, with ids, cursors and words of the others in documents after its schema, over every transport, in files, with keys that are wrong, mixed up, revoked or good for less, it tells and changes nothing of anybody else's",
  round: 'one call',
  rounds: { suite: 5000, demand: 100_000 },
  seconds: 25,
  settings: { variables: { AUTH: 'keys', METRICS: 'on' } },
  async attack(scene) {
    const { server } = scene;
    const url = `file:${server.database}`;
    const { database, dialect } = await openBeside(url);
    await using closing = new AsyncDisposableStack();
    const store = new RunStore(database, undefined, undefined, { dialect });
    closing.defer(() => store.close());
    const attacked = await Attacked.open(scene, store);
    closing.use(attacked);
    server.key = attacked.manager.key.text;
    await scene.lanes(lanes, async (random, next) => {
      const caller = new Caller(attacked, random);
      await using _ = caller;
      while (next()) {
        await caller.call();
        scene.over();
      }
    });
    return await attacked.end();
  },
});

/** The tenants, and what was found. */
class Attacked implements AsyncDisposable {
  readonly place: Place;
  /** Who make runs all the time. */
  readonly busy: readonly Tenant[];
  /** Has things, and a key that reads them. */
  readonly reader: Tenant;
  /** Has nothing. */
  readonly visitor: Tenant;
  readonly manager: Tenant;
  readonly all: readonly Tenant[];
  /** By tenant: ids that answers told of. */
  readonly ids = new Map<Tenant, string[]>();
  readonly crossings: string[] = [];
  readonly counts = {
    'documents asked': 0,
    'answers with what is their own': 0,
    'answers to who manages, with what is of others': 0,
    'ways to what is there, told as if it were not': 0,
    'looks at what must not change': 0,
    'files of runs': 0,
    'files brought': 0,
    'wrong keys': 0,
    'connections and sockets with several keys': 0,
    'keys revoked in the middle': 0,
  };
  /** What the visitor was told of nothing, by try. */
  readonly asOfNothing = new Map<(typeof everyTry)[number], string>();
  readonly #watchers: Watcher[] = [];
  #unchanging = '';
  #file = '';

  private constructor(
    place: Place,
    [ann, bob, reader, visitor, manager]: readonly [Tenant, Tenant, Tenant, Tenant, Tenant],
  ) {
    [this.place, this.busy] = [place, [ann, bob]];
    [this.reader, this.visitor, this.manager] = [reader, visitor, manager];
    this.all = [ann, bob, reader, visitor, manager];
    for (const tenant of this.all) this.ids.set(tenant, []);
  }

  static async open({ server }: Scene, store: RunStore): Promise<Attacked> {
    const first = new Borders('');
    const { key } = await Tenant.open('first', 'MANAGE', { store, url: server.url, borders: first });
    server.key = key.text;
    const workers = JSON.stringify(await server.post('{ workers { id } }'));
    const borders = new Borders(workers);
    const expired = await newKey('old', 'MANAGE', { store, borders }, new Date(Date.now() - 1));
    const revoked = await newKey('old', 'MANAGE', { store, borders });
    await store.keys.revoke(revoked.id);
    const place = { store, url: server.url, borders, expired, revoked };
    const open = (name: string, scope: 'READ' | 'RUN' | 'MANAGE') => Tenant.open(name, scope, place);
    const attacked = new Attacked(place, [
      await open('ann', 'RUN'),
      await open('bob', 'RUN'),
      await open('rea', 'READ'),
      await open('vic', 'RUN'),
      await open('max', 'MANAGE'),
    ]);
    await attacked.#begin();
    return attacked;
  }

  async #begin(): Promise<void> {
    const { visitor, reader } = this;
    for (const one of everyTry)
      this.asOfNothing.set(one, unsaid(await visitor.asking.told(one.query, one.variables?.(ghost)), ghost));
    for (const tenant of this.all) {
      if (tenant !== visitor) await tenant.store(this.place);
      for (const id of Object.values(tenant.things ?? {})) this.#remember(tenant, id);
    }
    this.#unchanging = await reader.asking.told(unchanging);
    assert.match(this.#unchanging, new RegExp(word(reader.name, 'x', 2)));
    this.#file = await this.#fileOf(reader);
    for (const tenant of [...this.busy, reader, visitor]) this.#watchers.push(await Watcher.open(tenant, this.place));
  }

  /** Looks at an answer. @param said the whole request */
  hear(teller: Tenant, said: string, answer: string, how: string): void {
    const { borders } = this.place;
    const isManager = teller === this.manager;
    const crossed = borders.crossed(teller.name, said, answer, !isManager);
    if (isManager) this.counts['answers to who manages, with what is of others'] += crossed.length > 0 ? 1 : 0;
    else {
      if (crossed.length > 0) this.#cross(teller, `${crossed.join(', ')}: ${how}`, said, answer);
      if (answer.includes(`qz${teller.name}`)) this.counts['answers with what is their own']++;
      for (const [, id = ''] of answer.matchAll(/"id":"([\w=]{12,})"/g))
        if (borders.ownerOf(id) === teller.name) this.#remember(teller, id);
    }
  }

  /** What must be the same is not. */
  differ(teller: Tenant, what: string, said: string, before: string, now: string): void {
    if (before !== now) this.#cross(teller, `${what} is not what it was:\n${before.slice(0, 1500)}`, said, now);
  }

  async look(): Promise<void> {
    const { reader } = this;
    const told = await reader.asking.told(unchanging);
    this.differ(reader, 'what is read of what nobody may change', unchanging, this.#unchanging, told);
  }

  /** After all calls: nothing of who only reads has changed, and all that was told belongs to who was told it. */
  async end(): Promise<Record<string, number>> {
    const { counts, crossings, reader } = this;
    await this.look();
    this.differ(reader, 'their file of runs', '/runs.jsonl', this.#file, await this.#fileOf(reader));
    let told = 0;
    for (const watcher of this.#watchers) told += watcher.end(this.hear.bind(this));
    for (const { tenant, changes, transport } of this.#watchers)
      if (!this.busy.includes(tenant) && changes > 0)
        crossings.push(`${tenant.name} was told ${changes} changes over ${transport} of runs that nobody changed`);
    assert.deepEqual(crossings.slice(0, mostTold), [], `${crossings.length} crossings`);
    for (const [what, count] of Object.entries(counts)) assert.ok(count > 0, `nothing was done: ${what}`);
    return { ...counts, 'changes told live': told, crossings: crossings.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher[Symbol.asyncDispose]()));
  }

  /** Without its first line, which says when it was written. */
  async #fileOf({ asking }: Tenant): Promise<string> {
    const text = await (await asking.fetch('/runs.jsonl')).text();
    return text.slice(text.indexOf('\n'));
  }

  #cross({ name }: Tenant, what: string, said: string, answer: string): void {
    this.crossings.push(`${name} is told ${what}\n  asked: ${said.slice(0, 1500)}\n  told: ${answer.slice(0, 1500)}`);
  }

  #remember(tenant: Tenant, id: string): void {
    const ids = this.ids.get(tenant) as string[];
    if (ids.includes(id)) return;
    ids.push(id);
    // Those that were there in the beginning stay.
    if (ids.length > mostIds) ids.splice(10, 1);
  }
}

/** One lane of calls. */
class Caller implements AsyncDisposable {
  readonly #attacked: Attacked;
  readonly #random: Random;
  readonly #documents = new Map<Tenant, Documents>();
  readonly #senders = new Map<Tenant, Sender>();
  /** By tenant, what its documents are made of: it is filled anew before each. */
  readonly #ids = new Map<Tenant, string[]>();

  constructor(attacked: Attacked, random: Random) {
    [this.#attacked, this.#random] = [attacked, random];
    for (const tenant of attacked.all) {
      const ids: string[] = [];
      this.#ids.set(tenant, ids);
      this.#documents.set(tenant, new Documents(schema, random.branch(), ids, tenant.vocabulary));
      this.#senders.set(tenant, new Sender(attacked.place.url, random.branch(), tenant.key.text));
    }
  }

  async call(): Promise<void> {
    const { busy, reader, visitor, manager, counts, place } = this.#attacked;
    const random = this.#random;
    const chance = random.next();
    const hear = this.#attacked.hear.bind(this.#attacked);
    const asks = random.pick(busy);
    const other = random.pick(this.#attacked.all.filter((tenant) => tenant !== asks && tenant.things));
    if (chance < 0.56) return this.#document(asks);
    if (chance < 0.66) return this.#document(reader);
    if (chance < 0.69) return this.#document(manager);
    if (chance < 0.84) return this.#asIfNothing(visitor);
    if (chance < 0.89) {
      counts['looks at what must not change']++;
      return this.#attacked.look();
    }
    if (chance < 0.93) {
      counts['files of runs']++;
      return askForFiles(random.pick([...busy, reader, visitor]), other, random, hear);
    }
    if (chance < 0.95) {
      counts['files brought']++;
      // Whose runs nobody deletes: an id that is free is taken as it is.
      return random.pick([send, bring, bringForeign])(asks, reader, random, hear);
    }
    if (chance < 0.98) {
      counts['wrong keys']++;
      return askWithWrongKey(asks, other, random, place);
    }
    if (chance < 0.998) {
      counts['connections and sockets with several keys']++;
      return random.pick([mixOnOneConnection, mixOnOneSocket])(asks, other, random, place, hear);
    }
    counts['keys revoked in the middle']++;
    return lapse(asks, place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#senders.values(), (sender) => sender[Symbol.asyncDispose]()));
  }

  /** At random, of ids of everybody. */
  async #document(tenant: Tenant): Promise<void> {
    const { all, counts, manager } = this.#attacked;
    const random = this.#random;
    const others = all.filter((other) => other !== tenant);
    const foreign = others.flatMap((other) => this.#idsOf(other));
    const own = this.#idsOf(tenant);
    const ids = this.#ids.get(tenant) as string[];
    ids.splice(0, ids.length, ...(random.chance(0.4) ? own : random.chance(0.5) ? foreign : [...own, ...foreign]));
    const request = (this.#documents.get(tenant) as Documents).next();
    // Who manages would change what is watched; and what is shared from now on could not be told from what is not.
    if (tenant === manager && request.query.startsWith('mutation')) return;
    const said = JSON.stringify(request);
    if (/\b(un)?shareRun\b/.test(said) && own.some((id) => said.includes(id))) return;
    counts['documents asked']++;
    const { transport, answers } = await (this.#senders.get(tenant) as Sender).send(request);
    for (const answer of answers) {
      this.#attacked.hear(tenant, said, answer, transport);
      if (tenant.scope === 'READ' && request.query.startsWith('mutation'))
        assert.doesNotMatch(answer, /"data":\{"/, `a key that only reads has this done: ${said}\n${answer}`);
    }
  }

  #idsOf(tenant: Tenant): readonly string[] {
    return [...(this.#attacked.ids.get(tenant) ?? []), ...(tenant.shared === undefined ? [] : [tenant.shared])];
  }

  /** What is of others is told of in the same words as what is not there. */
  async #asIfNothing(visitor: Tenant): Promise<void> {
    const { all, asOfNothing, counts } = this.#attacked;
    const random = this.#random;
    const one = random.pick(everyTry);
    const there = all.flatMap(({ things }) => things ?? []);
    const things = mixed(there, random);
    const variables = one.variables?.(things);
    const answer = await visitor.asking.told(one.query, variables);
    const said = JSON.stringify([one.query, variables]);
    counts['ways to what is there, told as if it were not']++;
    this.#attacked.hear(visitor, said, answer, 'HTTP');
    this.#attacked.differ(visitor, 'what is told of nothing', said, asOfNothing.get(one) ?? '', unsaid(answer, things));
  }
}

/** Each of somebody. */
function mixed(there: readonly Things[], random: Random): Things {
  const names = Object.keys(ghost) as (keyof Things)[];
  return Object.fromEntries(names.map((name) => [name, random.pick(there)[name]])) as unknown as Things;
}
