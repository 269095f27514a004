import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { CirculationDocument, LogitAttributionDocument } from '../../src/client/generated/graphql.ts';
import { type SentSpan, TraceCollector, type Tree } from '../support/trace-collector.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${spanId}-01`;

/** What the collector has once the server that it belongs to is closed. */
async function traced(
  ask: (server: TestServer) => Promise<void>,
  variables: Record<string, string> = {},
): Promise<TraceCollector> {
  await using collector = await TraceCollector.start();
  const server = await startTestServer({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...variables });
  await ask(server);
  await server.close();
  return collector;
}

async function attribute({ url }: TestServer, tokenIds: readonly number[], headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      query: print(LogitAttributionDocument),
      variables: { input: { model: 'sample', prompt: { tokenIds } } },
    }),
  });
  const { data } = (await response.json()) as { data: { logitAttribution: { __typename: string } } };
  assert.equal(data.logitAttribution.__typename, 'LogitAttribution');
}

function attributesOf({ attributes }: Pick<SentSpan, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** The tree without spans of this name, however many there are of them. */
function without([name, ...within]: Tree, left: string): Tree {
  return [name, ...within.filter(([one]) => one !== left).map((one) => without(one, left))];
}

describe('a trace', () => {
  it('of an attribution is its request, its run, its job and each block, forward and back', async () => {
    const collector = await traced((server) => attribute(server, [5, 6, 7]));
    const tree = collector.tree('query logitAttribution');
    const layers = collector.spans.filter(({ name }) => name === 'block forward').length;
    assert.ok(layers > 1);
    assert.deepEqual(without(tree, 'store events'), [
      'query logitAttribution',
      [
        'run',
        [
          'job attribution',
          ['queue'],
          ['load'],
          [
            'compute',
            ...Array.from({ length: layers }, () => ['block forward']),
            ...Array.from({ length: layers }, () => ['block back']),
          ],
        ],
      ],
    ]);
    const run = tree.slice(1)[0] as Tree;
    assert.ok(run.slice(1).some(([name]) => name === 'store events'));
    const order = collector.spans
      .filter(({ name }) => name.startsWith('block'))
      .sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)))
      .map((span) => Number(attributesOf(span)['tributary.block']));
    const ahead = Array.from({ length: layers }, (_, layer) => layer);
    assert.deepEqual(order, [...ahead, ...ahead.toReversed()]);
    assert.deepEqual(attributesOf(collector.resources[0] as SentSpan)['service.name'], 'tributary');
  });

  it('of a circulation over a WebSocket is one too, and goes on with that of the client', async () => {
    const collector = await traced(async ({ url }) => {
      const client = createClient({
        url: url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { traceparent },
      });
      const variables = { input: { model: 'sample', prompt: { tokenIds: [5, 6, 7] }, track: [1] } };
      await collect(client.iterate({ query: print(CirculationDocument), variables }));
      await client.dispose();
    });
    const tree = collector.tree('subscription circulation');
    const layers = collector.spans.filter(({ name }) => name === 'block forward').length;
    assert.ok(layers > 1);
    assert.deepEqual(without(tree, 'store events'), [
      'subscription circulation',
      [
        'run',
        [
          'job circulation',
          ['queue'],
          ['load'],
          ['compute', ...Array.from({ length: layers }, () => ['block forward'])],
        ],
      ],
    ]);
    for (const span of collector.spans) assert.equal(span.traceId, traceId);
    const root = collector.spans.find(({ name }) => name === 'subscription circulation');
    assert.equal(root?.parentSpanId, spanId);
  });

  it('over HTTP goes on with that of the client', async () => {
    const collector = await traced((server) => attribute(server, [5, 6, 7], { traceparent }));
    const root = collector.spans.find(({ name }) => name === 'query logitAttribution');
    assert.equal(root?.traceId, traceId);
    assert.equal(root?.parentSpanId, spanId);
  });

  it('begins anew where the client names none that can be read', async () => {
    for (const wrong of ['nonsense', `00-${'0'.repeat(32)}-${spanId}-01`, `ff-${traceId}-${spanId}-01`]) {
      const collector = await traced((server) => attribute(server, [5, 6, 7], { traceparent: wrong }));
      const root = collector.spans.find(({ name }) => name === 'query logitAttribution');
      assert.ok(root);
      assert.ok(!root.parentSpanId);
      assert.notEqual(root.traceId, traceId);
    }
  });

  it('tells nothing of what was asked but its length', async () => {
    const collector = await traced((server) => attribute(server, [251, 252, 253]));
    const job = collector.spans.find(({ name }) => name === 'job attribution') as SentSpan;
    assert.deepEqual(attributesOf(job), {
      'tributary.job.kind': 'attribution',
      'tributary.model': 'sample',
      'tributary.prompt.length': 3,
    });
    const keys = new Set(collector.spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)));
    assert.deepEqual([...keys].sort(), [
      'graphql.field',
      'graphql.operation.type',
      'tributary.block',
      'tributary.events',
      'tributary.job.kind',
      'tributary.model',
      'tributary.outcome',
      'tributary.prompt.length',
      'tributary.request.id',
      'tributary.run.id',
      'tributary.run.kind',
      'tributary.transport',
    ]);
  });

  it('is sent of no request where the sampler takes none, unless the client has begun one', async () => {
    const variables = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
    const none = await traced((server) => attribute(server, [5, 6, 7]), variables);
    assert.equal(none.spans.length, 0);
    const begun = await traced((server) => attribute(server, [5, 6, 7], { traceparent }), variables);
    assert.ok(begun.spans.length > 0);
  });

  it('that nobody takes costs a line of the log', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const server = await startTestServer({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }, log);
    await attribute(server, [5, 6, 7]);
    await server.close();
    const told = lines.filter((line) => line.includes('collector'));
    assert.equal(told.length, 1);
  });
});
