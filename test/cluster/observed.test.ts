/** What is seen of servers and workers from outside: one trace across processes, and the port of a worker. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LogitAttributionDocument, TargetCandidatesDocument } from '../../src/client/generated/graphql.ts';
import { noPostgres } from '../support/postgres/binaries.ts';
import { TraceCollector, type Tree } from '../support/trace-collector.ts';
import { startCluster } from './cluster.ts';

const prompt = (text: string) => ({ model: 'sample', prompt: { text } });

describe('a worker that is observed', { skip: noPostgres ?? false }, () => {
  it('goes on with the trace of who asked, from the request to each block, and tells what it does at its port', async () => {
    await using collector = await TraceCollector.start();
    await using cluster = await startCluster({
      workers: 0,
      settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, METRICS: 'on' },
    });
    const worker = await cluster.startWorker({ WORKER_PORT: '0' });
    await cluster.during(async () => {
      const { client, process } = cluster.server(0);
      const { logitAttribution } = await client.request(LogitAttributionDocument, { input: prompt('The sky is') });
      assert.equal(logitAttribution.__typename, 'LogitAttribution', JSON.stringify(logitAttribution));
      await client.request(TargetCandidatesDocument, { input: { ...prompt('The sky is'), text: 'blue' } });
      const line = await worker.says(/"url":"http/);
      const { url } = JSON.parse(line) as { url: string };
      const told = async (path: string) => {
        const response = await fetch(url + path);
        return [response.status, await response.text()] as const;
      };
      assert.deepEqual(await told('/health'), [200, 'The worker lives\n']);
      assert.deepEqual(await told('/ready'), [200, 'The worker takes tasks\n']);
      assert.equal((await told('/elsewhere'))[0], 404);
      const [, metrics] = await told('/metrics');
      assert.match(metrics, /tributary_jobs_total\{kind="attribution",model="sample",outcome="completed"\} 1/);
      assert.match(metrics, /tributary_block_seconds_count\{model="sample",direction="forward"\} [1-9]/);
      assert.match(metrics, /tributary_models_loaded 1/);
      await Promise.all([worker.end('SIGTERM'), process.end('SIGTERM')]);
      const attributed = collector.tree('query logitAttribution');
      const run = attributed.find((one) => one[0] === 'run') as Tree;
      const job = run.find((one) => one[0] === 'job attribution') as Tree | undefined;
      assert.ok(job, JSON.stringify(attributed));
      const compute = job.find((one) => one[0] === 'compute') as Tree;
      for (const direction of ['forward', 'back'])
        assert.ok(compute.slice(1).filter(([name]) => name === `block ${direction}`).length > 1, JSON.stringify(job));
      const asked = JSON.stringify(collector.tree('query targetCandidates'));
      assert.ok(asked.includes('"block forward"'), asked);
    });
  });
});
