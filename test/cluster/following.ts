/** For tests: a run that is followed from server to server, of which each event must come once and in order. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { RunEvent, TributaryClient } from '../../src/client/client.ts';
import {
  type GenerationInput,
  StartGenerationDocument,
  StartLogitAttributionsDocument,
  type StartLogitAttributionsMutationVariables,
} from '../../src/client/generated/graphql.ts';
import type { Cluster, ClusterServer } from './cluster.ts';

export class Following {
  readonly runId: string;
  readonly events: RunEvent[] = [];
  /** Milliseconds between two events at the most, the time to the first one aside. */
  longestPause = 0;
  /** Settles with the run's last event; rejects when the connection is lost. */
  readonly over: Promise<void>;
  readonly #arrivals = new EventEmitter();
  #last = Number.POSITIVE_INFINITY;

  /** @param after events that are known already, of a following before this one */
  constructor(client: TributaryClient, runId: string, after: readonly RunEvent[] = []) {
    this.runId = runId;
    this.events.push(...after);
    this.over = this.#follow(client);
    // Of one whose server is about to be killed.
    this.over.catch(() => undefined);
  }

  /** From the last event on, at another server. */
  resumedAt(client: TributaryClient): Following {
    return new Following(client, this.runId, this.events);
  }

  /** Settles when so many events are there. @throws Error when the connection is lost before */
  async told(count: number): Promise<void> {
    while (this.events.length < count) await Promise.race([once(this.#arrivals, 'event'), this.#ended()]);
  }

  /** @returns the run's last event */
  async end(): Promise<RunEvent> {
    await this.over;
    const last = this.events.at(-1);
    assert.ok(last);
    return last;
  }

  async #ended(): Promise<void> {
    await this.over;
    throw new Error(`Run ${this.runId} has ended with event ${this.events.length - 1}`);
  }

  async #follow(client: TributaryClient): Promise<void> {
    const { events } = this;
    const variables = events.length > 0 ? events.length - 1 : undefined;
    for await (const event of client.followRun(this.runId, variables)) {
      assert.ok('seq' in event, JSON.stringify(event));
      assert.equal(event.seq, events.length, 'each event comes once and in order');
      events.push(event);
      const now = performance.now();
      this.longestPause = Math.max(this.longestPause, now - this.#last);
      this.#last = now;
      this.#arrivals.emit('event');
    }
  }
}

/** A second or more of work, with two events a token. */
export function longText(start: string, maxTokens = 40): GenerationInput {
  return { model: 'sample', prompt: { text: start }, maxTokens, stop: { endOfText: false }, top: 5 };
}

/** @returns the id of its run */
export async function startText(client: TributaryClient, input: GenerationInput): Promise<string> {
  const { startGeneration: answer } = await client.request(StartGenerationDocument, { input });
  assert.ok(answer.__typename === 'RunPayload', JSON.stringify(answer));
  return answer.run.id;
}

/** Of several targets, in one task. @returns the ids of the runs */
export async function startTargets(
  client: TributaryClient,
  input: StartLogitAttributionsMutationVariables['input'],
): Promise<string[]> {
  const { startLogitAttributions: answer } = await client.request(StartLogitAttributionsDocument, { input });
  assert.ok(answer.__typename === 'RunsPayload', JSON.stringify(answer));
  return answer.runs.map(({ id }) => id);
}

export interface StoredRun {
  readonly status: string;
  readonly attempt: number;
  readonly worker: string | null;
  readonly eventCount: number;
}

/** As the database has it. */
export async function storedRun(cluster: Cluster, runId: string): Promise<StoredRun> {
  const [row] = await cluster.query<StoredRun>(
    `SELECT "status", "attempt", "worker", "eventCount" FROM "Run" WHERE "id" = $1`,
    [rowId(runId)],
  );
  assert.ok(row, `${runId} is lost`);
  return row;
}

/** The process that computes it, of those that were started. */
export async function workerOf(cluster: Cluster, runId: string) {
  const { worker } = await storedRun(cluster, runId);
  const found = cluster.workers.find(({ sign }) => sign === worker);
  assert.ok(found, `${worker} is none of the workers`);
  return found;
}

/** What a server has stored of a run: the same for everybody, and forever. */
export async function storedEvents({ client }: Pick<ClusterServer, 'client'>, runId: string): Promise<RunEvent[]> {
  const following = new Following(client, runId);
  await following.over;
  return following.events;
}

function rowId(id: string): string {
  return Buffer.from(id, 'base64').toString().split(':').at(-1) as string;
}
