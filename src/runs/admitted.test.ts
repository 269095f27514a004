/** Lists and figures of runs, beside the same runs filtered one by one. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { onEachStore } from '../../test/support/stores.ts';
import { aggregatesOf, type RunAggregates, totals, totalsOf } from './aggregates.ts';
import { folded } from './folded.ts';
import type { PrismaClient } from './generated/client.ts';
import type { RunFilter } from './run-filter.ts';
import { momentOf } from './run-ids.ts';
import type { RunStore } from './store.ts';
import { type RunKind, type RunStatus, runKinds, runStatuses } from './types.ts';

interface Row {
  readonly id: string;
  owner: string;
  storedBytes: number;
  kind: RunKind;
  status: RunStatus;
  modelName: string;
  method: string | null;
  pinned: boolean;
  eventCount: number;
  score: number | null;
  auditPassed: boolean | null;
  promptFolded: string | null;
}

const owners = ['', 'ann', 'ann:'];
const models = ['a', 'b'];
const methods = ['FROZEN', 'OCCLUSION'];
const texts = ['When Mary went', 'when john went', 'a "b" AND c', 'Zoë 🙂🙂🙂', 'ab', ''];
const experiments = ['one', 'two'];

const columns = {
  owner: fc.constantFrom(...owners),
  storedBytes: fc.nat(9000),
  kind: fc.constantFrom(...runKinds),
  status: fc.constantFrom(...runStatuses),
  modelName: fc.constantFrom(...models),
  method: fc.constantFrom(null, ...methods),
  pinned: fc.boolean(),
  eventCount: fc.nat(9),
  // Beyond 2^20 they are not kept in the sums.
  score: fc.oneof(
    { weight: 20, arbitrary: fc.double({ min: -1000, max: 1000, noNaN: true }) },
    { weight: 5, arbitrary: fc.constant(null) },
    fc.double({ min: 1e6, max: 1e30, noNaN: true }),
  ),
  auditPassed: fc.constantFrom(null, true, false),
  promptFolded: fc.constantFrom(null, ...texts.map(folded)),
};

/** Seldom there: a filter by everything admits nothing. */
const optional = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const someOf = <Value>(values: readonly Value[]) => optional(fc.uniqueArray(fc.constantFrom(...values)));
const filters = fc.record({
  owner: optional(fc.constantFrom(...owners, 'bob')),
  kinds: someOf(runKinds),
  statuses: someOf(runStatuses),
  model: optional(fc.constantFrom(...models, 'c')),
  methods: someOf(methods),
  pinned: optional(fc.boolean()),
  experiment: optional(fc.constantFrom(...experiments, 'none')),
  prompt: optional(fc.constantFrom('WHEN', 'went', '"b" and', '🙂🙂', '🙂🙂🙂', 'b', 'when mary went home', '')),
  createdAfter: optional(fc.nat(40).map((at) => new Date(1000 + at))),
  createdBefore: optional(fc.nat(40).map((at) => new Date(1000 + at))),
});

type Change =
  | { readonly do: 'create'; readonly row: Omit<Row, 'id'> }
  | { readonly do: 'update'; readonly of: number; readonly with: Partial<Omit<Row, 'id'>> }
  | { readonly do: 'delete' | 'join' | 'leave'; readonly of: number; readonly experiment: string }
  | { readonly do: 'forget'; readonly experiment: string };

/** One column each. */
const one: fc.Arbitrary<Partial<Omit<Row, 'id'>>>[] = Object.entries(columns).map(([name, value]) =>
  (value as fc.Arbitrary<unknown>).map((to) => ({ [name]: to })),
);

const which = fc.nat(1000);
const experiment = fc.constantFrom(...experiments);
const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('create' as const), row: fc.record(columns) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('update' as const),
      of: which,
      with: fc.oneof(...one),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('join' as const), of: which, experiment }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'leave' as const), of: which, experiment }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), experiment }) },
);

/** The same runs in the database and here. */
class Twin {
  readonly rows: Row[] = [];
  readonly members = new Map(experiments.map((name) => [name, new Set<string>()]));
  readonly #database: PrismaClient;
  readonly #nextId: () => string;

  constructor(database: PrismaClient, nextId: () => string) {
    this.#database = database;
    this.#nextId = nextId;
  }

  async clear(): Promise<void> {
    await this.#database.run.deleteMany();
    await this.#database.experiment.deleteMany();
    for (const name of experiments) await this.#make(name);
  }

  async change(change: Change): Promise<void> {
    if (change.do === 'create') return this.#create(change.row);
    if (change.do === 'forget') return this.#forget(change.experiment);
    const row = this.rows[change.of % this.rows.length];
    if (!row) return;
    if (change.do === 'update') {
      Object.assign(row, change.with);
      await this.#database.run.updateMany({ where: { id: row.id }, data: change.with });
    } else if (change.do === 'delete') {
      this.rows.splice(this.rows.indexOf(row), 1);
      for (const members of this.members.values()) members.delete(row.id);
      await this.#database.run.deleteMany({ where: { id: row.id } });
    } else await this.#move(row.id, change.experiment, change.do === 'join');
  }

  admitted({
    owner,
    kinds,
    statuses,
    model,
    methods: some,
    pinned,
    experiment: name,
    prompt,
    createdAfter,
    createdBefore,
  }: RunFilter) {
    return this.rows.filter(
      (row) =>
        (owner === undefined || row.owner === owner) &&
        (kinds?.includes(row.kind) ?? true) &&
        (statuses?.includes(row.status) ?? true) &&
        (model === undefined || row.modelName === model) &&
        (some === undefined || (row.method !== null && some?.includes(row.method))) &&
        (pinned === undefined || row.pinned === pinned) &&
        (typeof name !== 'string' || this.members.get(name)?.has(row.id)) &&
        (!prompt || row.promptFolded?.includes(folded(prompt))) &&
        (!createdAfter || momentOf(row.id) >= createdAfter) &&
        (!createdBefore || momentOf(row.id) < createdBefore),
    );
  }

  async #create(row: Omit<Row, 'id'>): Promise<void> {
    const id = this.#nextId();
    this.rows.push({ id, ...row });
    const fixed = { contentHash: id, modelRevision: 'r', input: '{}', createdAt: momentOf(id) };
    await this.#database.run.create({ data: { id, ...row, ...fixed } });
  }

  async #make(name: string): Promise<void> {
    await this.#database.experiment.create({ data: { id: `id of ${name}`, name, createdAt: new Date(0) } });
    this.members.get(name)?.clear();
  }

  async #forget(name: string): Promise<void> {
    await this.#database.experiment.deleteMany({ where: { name } });
    await this.#make(name);
  }

  async #move(runId: string, name: string, joins: boolean): Promise<void> {
    const members = this.members.get(name) as Set<string>;
    const experimentId = `id of ${name}`;
    if (!joins) await this.#database.experimentRun.deleteMany({ where: { experimentId, runId } });
    else if (!members.has(runId))
      await this.#database.experimentRun.create({ data: { experimentId, runId, addedAt: new Date(0) } });
    if (joins) members.add(runId);
    else members.delete(runId);
  }
}

/** The same by itself. */
function figuresOf(rows: readonly Row[]) {
  const audits = (some: readonly Row[]) => {
    const audited = some.filter(({ auditPassed }) => auditPassed !== null);
    const passed = audited.filter(({ auditPassed }) => auditPassed).length;
    return {
      count: some.length,
      audited: audited.length,
      auditsPassed: audited.length > 0 ? passed / audited.length : null,
    };
  };
  const kinds = runKinds.flatMap((kind) => [null, ...methods].map((method) => ({ kind, method })));
  return {
    ...audits(rows),
    byStatus: runStatuses
      .map((status) => ({ status, count: rows.filter((row) => row.status === status).length }))
      .filter(({ count }) => count > 0),
    byMethod: kinds.flatMap(({ kind, method }) => {
      const some = rows.filter((row) => row.kind === kind && row.method === method);
      const scores = some.flatMap(({ status, score }) => (status === 'COMPLETED' && score !== null ? [score] : []));
      const meanScore = scores.length > 0 ? scores.reduce((one, other) => one + other, 0) / scores.length : null;
      return some.length > 0 ? [{ kind, method, ...audits(some), meanScore }] : [];
    }),
  };
}

/** Mean scores to within half a unit of the tally each, all else as it is. */
function assertFigures(found: RunAggregates, expected: ReturnType<typeof figuresOf>): void {
  const without = ({ byMethod, ...rest }: Pick<RunAggregates, 'byMethod'>) => ({
    ...rest,
    byMethod: byMethod.map(({ meanScore, ...one }) => ({ ...one, scored: meanScore !== null })),
  });
  assert.deepEqual(without(found), without(expected));
  found.byMethod.forEach(({ meanScore }, index) => {
    const exact = expected.byMethod[index]?.meanScore ?? 0;
    assert.ok(Math.abs((meanScore ?? 0) - exact) <= 3e-8 + 1e-12 * Math.abs(exact), `${meanScore}, ${exact}`);
  });
}

async function pagesOf(store: RunStore, filter: RunFilter, limit: number, inverted: boolean): Promise<string[]> {
  const ids: string[] = [];
  for (let end: string | undefined; ; end = ids.at(-1)) {
    const page = await store.list({ limit, inverted, ...(inverted ? { before: end } : { after: end }) }, filter);
    ids.push(...page.map(({ id }) => id));
    if (page.length < limit) return ids;
  }
}

onEachStore('runs of a filter', ({ temporaryRuns }) => {
  it('are those that it admits, page by page, and their figures are those of these runs, whatever was written', async () => {
    await using fixture = await temporaryRuns();
    const { store, database, dialect } = fixture;
    let time = 0;
    const idAt = (at: number) =>
      `00000000-${at.toString(16).padStart(4, '0')}-7000-8000-${(time++).toString(16).padStart(12, '0')}`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(changes, { minLength: 20, maxLength: 60, size: 'max' }),
        fc.array(filters, { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (written, sought, limit, inverted) => {
          // In no order of time: as runs from elsewhere come.
          const twin = new Twin(database, () => idAt(1000 + ((time * 17) % 40)));
          await twin.clear();
          for (const change of written) await twin.change(change);
          for (const filter of [...sought, {}, ...experiments.map((name) => ({ experiment: name }))]) {
            const rows = twin.admitted(filter);
            const ids = rows.map(({ id }) => id).sort();
            assert.deepEqual(await pagesOf(store, filter, limit, inverted), inverted ? ids : ids.toReversed());
            assertFigures(await aggregatesOf(database, dialect, filter), figuresOf(rows));
            assert.deepEqual(
              (
                await store.many.among(
                  twin.rows.map(({ id }) => id),
                  filter,
                )
              )
                .map(({ id }) => id)
                .sort(),
              ids,
            );
          }
          const [indexed] = await database.$queryRaw<[{ count: number }]>`
            SELECT CAST(COUNT(*) AS REAL) AS "count" FROM "RunPrompt"`;
          assert.equal(indexed.count, twin.rows.filter(({ promptFolded }) => promptFolded !== null).length);
          const events = twin.rows.reduce((sum, { eventCount }) => sum + eventCount, 0);
          assert.deepEqual(await totals(database, dialect), { runs: twin.rows.length, events });
          for (const owner of owners) {
            const own = twin.rows.filter((row) => row.owner === owner);
            const sum = (of: 'eventCount' | 'storedBytes') => own.reduce((all, row) => all + row[of], 0);
            const figures = { runs: own.length, events: sum('eventCount'), storedBytes: sum('storedBytes') };
            assert.deepEqual(await totalsOf(database, dialect, owner), figures);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
