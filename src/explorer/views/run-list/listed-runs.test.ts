import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListedRun } from './label.ts';
import { ListedRuns } from './listed-runs.ts';
import type { Changes } from './merged.ts';

/** @param at of its creation; also its id */
function run(at: number, eventCount = 0): ListedRun {
  return { id: `run-${at}`, createdAt: new Date(at * 1000).toISOString(), eventCount } as unknown as ListedRun;
}

/** A server whose list and events are the test's; a page is sent when it says so. */
class Server {
  runs: ListedRun[] = [];
  readonly asked: { readonly after: string | null; readonly filter: object; readonly send: () => void }[] = [];
  filter: object | undefined;
  #events = Promise.withResolvers<void>();
  readonly #queue: object[] = [];

  tell(event: Partial<Changes<ListedRun> & { missed: boolean }> | { code: string; message: string }): void {
    const whole = 'code' in event ? event : { changed: [], removed: [], missed: false, ...event };
    this.#queue.push({ runChanges: whole });
    this.#events.resolve();
  }

  request = (_: unknown, { after, first, filter }: { after: string | null; first: number; filter: object }) => {
    const page = Promise.withResolvers<object>();
    const send = () => {
      const from = after === null ? 0 : this.runs.findIndex(({ id }) => id === after) + 1;
      const nodes = this.runs.slice(from, from + first);
      const pageInfo = { hasNextPage: from + first < this.runs.length, endCursor: nodes.at(-1)?.id ?? null };
      page.resolve({ runs: { edges: nodes.map((node) => ({ node })), pageInfo } });
    };
    this.asked.push({ after, filter, send });
    return page.promise;
  };

  async *subscribe(_: unknown, { filter }: { filter: object }) {
    this.filter = filter;
    for (;;) {
      await this.#events.promise;
      this.#events = Promise.withResolvers();
      yield* this.#queue.splice(0);
    }
  }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function follow(runs: ListedRun[], filter = {}) {
  const server = new Server();
  server.runs = runs;
  const list = new ListedRuns(server as unknown as ConstructorParameters<typeof ListedRuns>[0], filter);
  void list.follow();
  return { server, list, ids: () => list.rows.value?.map(({ id }) => Number(id.slice(4))) };
}

/** 120 down to 1. */
const many = Array.from({ length: 120 }, (_, index) => run(120 - index));

describe('The live list', () => {
  it('is read when the first event has come, by the filter of its changes', async () => {
    const { server, ids } = follow([run(2), run(1)], { model: 'm' });
    await settled();
    assert.equal(server.asked.length, 0);
    server.tell({});
    await settled();
    server.asked[0]?.send();
    await settled();
    assert.deepEqual(ids(), [2, 1]);
    assert.deepEqual([server.filter, server.asked[0]?.filter], [{ model: 'm' }, { model: 'm' }]);
  });

  it('has what comes while it is read', async () => {
    const { server, ids } = follow([run(1)]);
    server.tell({});
    await settled();
    server.tell({ changed: [run(2)] });
    server.asked[0]?.send();
    await settled();
    assert.deepEqual(ids(), [2, 1]);
  });

  it('has what comes of a page that is on its way, not as the page has it', async () => {
    const { server, list, ids } = follow(many);
    server.tell({});
    await settled();
    server.asked[0]?.send();
    await settled();
    assert.equal(list.rows.value?.length, 50);
    void list.more();
    void list.more();
    server.tell({ changed: [run(60, 7)], removed: ['run-61'] });
    await settled();
    assert.equal(server.asked.length, 2, 'a page is asked for once');
    server.asked[1]?.send();
    await settled();
    assert.equal(list.rows.value?.length, 99);
    assert.equal(list.rows.value?.find(({ id }) => id === 'run-60')?.eventCount, 7);
    assert.ok(!ids()?.includes(61));
  });

  for (const [why, event] of [
    ['the server says that something was missed', { missed: true, changed: [run(3)] }],
    ['the subscription has begun again', {}],
  ] as const)
    it(`is read anew, as far as it was, when ${why}`, async () => {
      const { server, list, ids } = follow(many);
      server.tell({});
      await settled();
      server.asked[0]?.send();
      await settled();
      void list.more();
      server.asked[1]?.send();
      await settled();
      server.runs = many.slice(1);
      server.tell(event);
      await settled();
      server.asked[2]?.send();
      await settled();
      assert.equal(list.rows.value?.length, 100, 'what was there stays until the new one is there');
      server.asked[3]?.send();
      await settled();
      assert.equal(ids()?.[0], 119);
      assert.equal(list.rows.value?.length, 100);
      assert.equal(list.isWhole.value, false);
    });

  it('says why it is refused', async () => {
    const { server, list } = follow([]);
    server.tell({ code: 'INPUT', message: 'No such filter' });
    await settled();
    assert.equal(list.problem.value?.message, 'No such filter');
  });
});
