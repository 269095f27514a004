/** What clients were told before a server died, and whether the next one stands by it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { TributaryClient } from '../../src/client/client.ts';
import { type CirculationInput, RunsDocument, type RunsQuery } from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import type { Event } from './questions.ts';

type Run = NonNullable<RunsQuery['runs']>['edges'][number]['node'];

const endings = { CirculationCompleted: 'COMPLETED', RunFailed: 'FAILED', RunCancelled: 'CANCELLED' } as const;
type Ending = keyof typeof endings;

export class Ledger {
  /** By run, then by `seq`. */
  readonly #events = new Map<string, Map<number, Event>>();
  readonly #inputs = new Map<string, CirculationInput>();
  readonly #answers = new Map<string, string>();
  readonly #cancelled = new Set<string>();
  /** Deleted, or perhaps: then the answer did not come. */
  readonly #deleted = new Map<string, boolean>();
  /** Runs that ended in earlier rounds, with a digest of all they told. */
  readonly #settled = new Map<string, string>();
  #checked = new Map<string, readonly Event[]>();
  #interrupted = 0;
  #acknowledged = 0;

  get figures() {
    return {
      runs: this.#settled.size,
      'events received and found again': this.#acknowledged,
      'runs interrupted': this.#interrupted,
      'answers of attributions found again': this.#answers.size,
      'cancellations found again': this.#cancelled.size,
      deletions: this.#deleted.size,
    };
  }

  /** An event that a client received. */
  acknowledge(event: Event, input: CirculationInput): void {
    assert.ok('seq' in event, `a question is answered by ${JSON.stringify(event)}`);
    const { id } = event.run;
    this.#inputs.set(id, input);
    const known = this.#events.get(id) ?? new Map<number, Event>();
    this.#events.set(id, known);
    if (known.has(event.seq)) assert.deepEqual(event, known.get(event.seq), 'an event is the same for everybody');
    else this.#acknowledged++;
    known.set(event.seq, event);
  }

  started(id: string, input: CirculationInput): void {
    this.#inputs.set(id, input);
    if (!this.#events.has(id)) this.#events.set(id, new Map());
  }

  /** @param question any text that tells it from others */
  answered(question: string, answer: string): void {
    assert.equal(answer, this.#answers.get(question) ?? answer, 'the same question has the same answer');
    this.#answers.set(question, answer);
  }

  cancelled(id: string): void {
    this.#cancelled.add(id);
  }

  deleting(id: string): void {
    this.#deleted.set(id, false);
  }

  deleted(id: string): void {
    this.#deleted.set(id, true);
  }

  /** A run of this round that has told its end. */
  ended(): string | undefined {
    for (const [id, events] of this.#events) {
      if (!this.#deleted.has(id) && [...events.values()].some(({ __typename }) => __typename in endings)) return id;
    }
    return undefined;
  }

  /** Everything that was told since `settle` is there, and every run has ended. */
  async check(client: TributaryClient): Promise<void> {
    const runs = new Map((await allRuns(client)).map((run) => [run.id, run]));
    const completed = [...runs.values()].filter(({ status }) => status === 'COMPLETED');
    assert.equal(
      new Set(completed.map(({ contentHash }) => contentHash)).size,
      completed.length,
      'a question has one run that answers it',
    );
    for (const { id, status } of runs.values()) assert.ok(isOver(status), `${id} is ${status} after the restart`);
    for (const [id, events] of this.#events) {
      if (this.#deleted.has(id) && !runs.has(id)) continue;
      assert.ok(!this.#deleted.get(id), `${id} is back though it was deleted`);
      const run = runs.get(id);
      assert.ok(run, `${id} is lost`);
      const stored = await collect(client.followRun(id));
      assert.equal(stored.length, run.eventCount);
      checkOrder(run, stored);
      for (const [seq, event] of events) assert.deepEqual(stored[seq], event, `event ${seq} of ${id}`);
      if (this.#cancelled.has(id)) assert.equal(run.status, 'CANCELLED');
      if (run.status === 'FAILED') {
        assert.equal(run.error?.code, 'INTERRUPTED');
        this.#interrupted++;
      }
      this.#checked.set(id, stored);
    }
    for (const id of this.#settled.keys()) assert.ok(runs.has(id) || this.#deleted.has(id), `${id} is lost`);
  }

  /** Runs that failed of the last kill, with what they had told. */
  interrupted(): { input: CirculationInput; events: readonly Event[] }[] {
    return [...this.#checked].flatMap(([id, events]) => {
      const input = this.#inputs.get(id);
      return input && events.at(-1)?.__typename === 'RunFailed' ? [{ input, events }] : [];
    });
  }

  /** Of what was checked only a digest is kept. */
  settle(): void {
    for (const [id, events] of this.#checked) {
      this.#settled.set(id, digest(events));
      this.#events.delete(id);
      this.#inputs.delete(id);
    }
    this.#checked = new Map();
  }

  /** Nothing that came later has changed what was there before. */
  async checkSettled(client: TributaryClient): Promise<void> {
    for (const [id, before] of this.#settled) {
      if (!this.#deleted.has(id)) assert.equal(digest(await collect(client.followRun(id))), before, `events of ${id}`);
    }
  }
}

/** Dense from 0, with one end, which is the last. */
function checkOrder({ id, status }: Run, events: readonly Event[]): void {
  for (const [index, event] of events.entries()) {
    assert.ok('seq' in event);
    assert.equal(event.seq, index, `events of ${id}`);
    const isEnd = event.__typename in endings;
    assert.equal(isEnd, index === events.length - 1, `${event.__typename} is event ${index} of ${events.length}`);
    if (isEnd) assert.equal(endings[event.__typename as Ending], status);
  }
}

function isOver(status: Run['status']): boolean {
  return status !== 'QUEUED' && status !== 'RUNNING';
}

async function allRuns(client: TributaryClient): Promise<Run[]> {
  const all: Run[] = [];
  for (let after: string | null | undefined = null; ; ) {
    const { runs }: RunsQuery = await client.request(RunsDocument, { first: 100, after, filter: null });
    assert.ok(runs);
    all.push(...runs.edges.map(({ node }) => node));
    if (!runs.pageInfo.hasNextPage) return all;
    after = runs.pageInfo.endCursor;
  }
}

function digest(events: readonly Event[]): string {
  return createHash('sha256').update(JSON.stringify(events)).digest('hex');
}
