/** What a deployment refuses in words: more than may wait in all of it, and a database of a later version. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TargetCandidatesDocument } from '../../src/client/generated/graphql.ts';
import { noPostgres } from '../support/postgres/binaries.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { Following, longText, startText, storedEvents } from './following.ts';

describe('servers and a worker', { skip: noPostgres ?? false }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ servers: 2, workers: 1, settings: { WORKERS: '1', MAX_QUEUE: '2' } });
  });
  after(() => cluster[Symbol.asyncDispose]());

  it('refuse what has no place in the queue of all of them, and let it in later', () =>
    cluster.during(async () => {
      const [one, other] = [cluster.server(0).client, cluster.server(1).client];
      // More than a worker takes at once, and than may wait.
      const asked = Array.from({ length: 12 }, (_, index) => [one, other][index % 2] as typeof one);
      const runs = await Promise.all(asked.map((client, index) => startText(client, longText(`Text ${index}`, 10))));
      const ends = await Promise.all(
        runs.map((runId, index) => new Following(asked[index] as typeof one, runId).end()),
      );
      const failed = ends.filter(({ __typename }) => __typename === 'RunFailed');
      assert.ok(failed.length > 0, 'some had no place');
      for (const end of failed) assert.match(JSON.stringify(end), /OVER_CAPACITY.*try again in about \d+ s/);
      for (const end of ends) assert.match(end.__typename, /RunFailed|GenerationCompleted/);
      const [last] = runs.filter((_, index) => ends[index]?.__typename === 'RunFailed');
      assert.ok(last);
      const input = longText('Text 0 once more', 2);
      const events = await storedEvents(cluster.server(1), await startText(other, input));
      assert.equal(events.at(-1)?.__typename, 'GenerationCompleted', JSON.stringify(events.at(-1)));
    }));

  it('do not start on a database of a later version; those that run go on', () =>
    cluster.during(async () => {
      await cluster.query(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
         VALUES ('later', '', '99990101000000_of_a_later_version', now(), now(), 1)`,
      );
      const reason =
        /it is of a later version of this program \(it has gone through 99990101000000_of_a_later_version\)/;
      await assert.rejects(cluster.startServer(), reason);
      await assert.rejects(cluster.startWorker(), reason);
      const input = { model: 'sample', prompt: { text: 'The sky is' }, text: ' blue' };
      const { targetCandidates } = await cluster.server(0).client.request(TargetCandidatesDocument, { input });
      assert.equal(targetCandidates.__typename, 'TargetCandidates', JSON.stringify(targetCandidates));
    }));
});
