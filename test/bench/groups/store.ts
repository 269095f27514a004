import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { PrismaClient } from '../../../src/runs/generated/client.ts';
import type { RunFilter } from '../../../src/runs/run-filter.ts';
import { openDatabase } from '../../../src/runs/sqlite/database.ts';
import { SqliteAdapter } from '../../../src/runs/sqlite/sqlite-adapter.ts';
import { RunStore } from '../../../src/runs/store.ts';
import { type Cell, median } from '../figure.ts';
import type { Bench, Group } from '../group.ts';
import { eventsOfARun, experiments, fill, rare, runCount } from '../stored-runs.ts';

/** Milliseconds: SQLite works in the thread that serves everybody. */
const goal = 10;
/** Items of a page, and the one by which it is known whether there are more. */
const limit = 21;
const column = `${runCount.toLocaleString('en')} runs, ${(runCount * eventsOfARun).toLocaleString('en')} events`;

/** The store of a server with many runs, asked as the server asks it. */
export const store: Group = {
  name: 'store',
  title: 'Runs found among many',
  shapes: ['sample'],
  lengths: () => [],
  async *measure(bench) {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
    try {
      const path = join(folder, 'store.db');
      const url = `file:${path}`;
      await (await openDatabase(url)).$disconnect();
      bench.progress('the database is filled');
      const { midst } = fill(path);
      yield await opening(url, bench);
      const adapter = new WatchedAdapter({ url });
      const runs = new RunStore(new PrismaClient({ adapter }));
      const [middle] = await runs.list({ limit: 1 }, { createdBefore: midst });
      for (const [row, ask, unheld] of questions(runs, middle?.id ?? '', midst)) {
        const times: number[] = [];
        adapter.plans(path);
        for (let turn = -1; turn < 3 * bench.repetitions; turn++) {
          const started = performance.now();
          await ask();
          if (turn >= 0) times.push(performance.now() - started);
          else for (const step of adapter.plans(path)) bench.progress(`${row}: ${step}`);
        }
        yield { row, column, value: median(times), unit: 'ms', goal: unheld ? undefined : goal };
      }
      yield await deletion(runs, bench);
      await runs.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

type Question = readonly [row: string, ask: () => Promise<unknown>, unheld?: true];

function questions(runs: RunStore, middle: string, midst: Date): readonly Question[] {
  const page = (filter: RunFilter, after?: string) => () => runs.list({ limit, after }, filter);
  const figures = (filter: RunFilter) => () => runs.many.aggregates(filter);
  const { large, small } = experiments;
  return [
    ['a page', page({})],
    ['… from the midst', page({}, middle)],
    ['… the last', () => runs.list({ limit, inverted: true })],
    ['… of a kind', page({ kinds: ['GENERATION'] })],
    ['… of two kinds and statuses', page({ kinds: ['CIRCULATION', 'GENERATION'], statuses: ['FAILED', 'CANCELLED'] })],
    ['… of a status that is rare', page({ statuses: [rare.status] })],
    ['… of a status that there is not', page({ statuses: ['QUEUED', 'RUNNING'] })],
    ['… of a model that is rare', page({ model: rare.model })],
    ['… of a method that is rare, of a model without it', page({ model: 'gpt2', methods: [rare.method] })],
    ['… pinned', page({ pinned: true })],
    ['… of a time in the midst', page({ createdBefore: midst })],
    ['… of a text that is rare', page({ prompt: rare.text })],
    ['… of a text that many have', page({ prompt: 'Mary' })],
    ['… of a text that many have, failed', page({ prompt: 'Mary', statuses: ['FAILED'] })],
    ['… of a text that none has', page({ prompt: 'when mary and mary went to the store, mary gave a ring to nobody' })],
    ['… of two letters that none has', page({ prompt: 'qz' }), true],
    ['… of an experiment of 90,000', page({ experiment: large })],
    ['… of it, failed, from the midst', page({ experiment: large, statuses: ['FAILED'] }, middle)],
    ['… of an experiment of 1,000, pinned', page({ experiment: small, pinned: true })],
    ['figures of all', figures({})],
    ['… of a kind and a status', figures({ kinds: ['LOGIT_ATTRIBUTION'], statuses: ['COMPLETED'] })],
    ['… of an experiment of 90,000', figures({ experiment: large })],
    ['… of a text that is rare', figures({ prompt: rare.text })],
    ['… of half of all, by time', figures({ createdBefore: midst }), true],
    ['runs and events counted', () => runs.housekeeping.size()],
    ['runs that are under way', () => runs.housekeeping.unfinished()],
    ['a run by its id', () => runs.find(middle)],
    ['its events', () => runs.events.page(middle, { limit: 200 })],
  ];
}

/** As at each start. */
async function opening(url: string, { repetitions }: Bench): Promise<Cell> {
  const times: number[] = [];
  for (let turn = 0; turn < repetitions; turn++) {
    const started = performance.now();
    const database = await openDatabase(url);
    const runs = new RunStore(database);
    await runs.housekeeping.unfinished();
    times.push(performance.now() - started);
    await runs.close();
  }
  return { row: 'the database opened', column, value: median(times), unit: 'ms', goal: 500 };
}

async function deletion(runs: RunStore, { repetitions }: Bench): Promise<Cell> {
  const times: number[] = [];
  for (const { id } of await runs.list({ limit: repetitions, inverted: true })) {
    const started = performance.now();
    await runs.delete(id);
    times.push(performance.now() - started);
  }
  return { row: 'a run deleted', column, value: median(times), unit: 'ms', goal };
}

/** Remembers what SQLite was asked. */
class WatchedAdapter extends SqliteAdapter {
  #asked: { sql: string; args: SQLInputValue[] }[] = [];

  override createClient(config: ConstructorParameters<typeof SqliteAdapter>[0]) {
    const client = super.createClient(config);
    const execute = client.execute.bind(client) as (statement: string | object) => ReturnType<typeof client.execute>;
    client.execute = ((statement: string | { sql: string; args: SQLInputValue[] }) => {
      if (typeof statement !== 'string') this.#asked.push(statement);
      return execute(statement);
    }) as typeof client.execute;
    return client;
  }

  /** How SQLite goes about what it was asked since the last time. */
  plans(path: string): string[] {
    using database = new DatabaseSync(path, { readOnly: true });
    const asked = this.#asked.filter(({ sql }) => sql.trimStart().startsWith('SELECT'));
    this.#asked = [];
    return asked.flatMap(({ sql, args }) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...args)
        .map(({ detail }) => String(detail)),
    );
  }
}
