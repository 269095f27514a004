import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { CirculationDocument, LogitAttributionDocument } from '../../src/client/generated/graphql.ts';
import { anybody, type Principal } from '../../src/principal.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;

before(async () => {
  server = await startTestServer({ METRICS: 'on' });
});

after(() => server.close());

const metricsUrl = () => new URL('/metrics', server.url);

/** The value of one sample; undefined where there is none. @param labels as they are written, in their order */
async function sample(name: string, labels = ''): Promise<number | undefined> {
  const text = await (await fetch(metricsUrl())).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name}${labels && `{${labels}}`} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200 && !(await isSo()); attempt++);
  assert.ok(await isSo());
}

describe('metrics', () => {
  it('are told in the text format of Prometheus, each with a type and what it means', async () => {
    const response = await fetch(metricsUrl());
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    const named = (what: string) => [...text.matchAll(new RegExp(`^# ${what} (\\w+) `, 'gm'))].map(([, name]) => name);
    assert.deepEqual(named('HELP'), named('TYPE'));
    for (const [, help] of text.matchAll(/^# HELP \w+ ?(.*)$/gm)) assert.ok(help);
    assert.ok(named('HELP').includes('nodejs_eventloop_lag_seconds'));
  });

  it('count a circulation: its operation, its job, its blocks and its events', async () => {
    const input = { model: 'sample', prompt: { tokenIds: [5, 6, 7, 8] }, track: [1] };
    const before = (await sample('tributary_events_stored_total')) ?? 0;
    const events = await collect(server.client.subscribe(CirculationDocument, { input }));
    await until(
      async () =>
        (await sample('tributary_requests_total', 'transport="websocket",type="subscription",outcome="answered"')) ===
        1,
    );
    assert.equal(await sample('tributary_events_stored_total'), before + events.length);
    assert.equal(await sample('tributary_jobs_total', 'kind="circulation",model="sample",outcome="completed"'), 1);
    assert.equal(await sample('tributary_job_run_seconds_count', 'kind="circulation"'), 1);
    const layers = events.length - 2;
    assert.equal(await sample('tributary_block_seconds_count', 'model="sample",direction="forward"'), layers);
    assert.equal(await sample('tributary_event_lag_seconds_count'), events.length);
    assert.equal(await sample('tributary_subscribers', 'field="circulation"'), 0);
    assert.equal(await sample('tributary_operations_open', 'transport="websocket"'), 0);
    // Stored before anybody followed: nobody waited for it.
    await collect(server.client.subscribe(CirculationDocument, { input }));
    assert.equal(await sample('tributary_event_lag_seconds_count'), events.length);
  });

  it('count an attribution, and what it leaves in memory and in the database', async () => {
    const input = { model: 'sample', prompt: { tokenIds: [9, 6, 7, 8] } };
    await server.client.request(LogitAttributionDocument, { input });
    assert.equal(await sample('tributary_requests_total', 'transport="http",type="query",outcome="answered"'), 1);
    assert.equal(await sample('tributary_jobs_total', 'kind="attribution",model="sample",outcome="completed"'), 1);
    assert.ok(((await sample('tributary_block_seconds_count', 'model="sample",direction="back"')) ?? 0) > 0);
    assert.equal(await sample('tributary_models_loaded'), 1);
    assert.ok(((await sample('tributary_model_memory_bytes', 'model="sample"')) ?? 0) > 1000);
    assert.ok(((await sample('tributary_model_processes_total', 'event="started"')) ?? 0) >= 1);
    assert.equal(await sample('tributary_model_processes_total', 'event="faulted"'), 0);
    assert.equal(await sample('tributary_jobs_running'), 0);
    assert.equal(await sample('tributary_jobs_waiting'), 0);
    assert.ok(((await sample('tributary_store_bytes')) ?? 0) > 1000);
  });

  it('count expected failures, refusals and faults by their codes', async () => {
    const unknown = { model: 'none of these', prompt: { tokenIds: [1] } };
    await server.client.request(LogitAttributionDocument, { input: unknown });
    assert.equal(await sample('tributary_errors_total', 'kind="failure",code="UNKNOWN_MODEL"'), 1);
    assert.equal(await sample('tributary_requests_total', 'transport="http",type="query",outcome="failed"'), 1);
    const post = (query: string) =>
      fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
    await post('{');
    await post('{ nothing }');
    assert.equal(await sample('tributary_errors_total', 'kind="refusal",code="GRAPHQL_PARSE_FAILED"'), 1);
    assert.equal(await sample('tributary_errors_total', 'kind="refusal",code="GRAPHQL_VALIDATION_FAILED"'), 1);
    assert.equal(await sample('tributary_requests_total', 'transport="http",type="none",outcome="refused"'), 2);
  });

  it('count who leaves before the end', async () => {
    const held = { model: 'sample', prompt: { tokenIds: [3, 3, 3] } };
    server.queue.holdBefore = 1;
    const events = server.client.subscribe(CirculationDocument, { input: held });
    await events.next();
    assert.equal(await sample('tributary_subscribers', 'field="circulation"'), 1);
    assert.equal(await sample('tributary_jobs_running'), 1);
    assert.equal(await sample('tributary_websockets_open'), 1);
    await events.return?.();
    server.queue.holdBefore = -1;
    server.queue.lastGate?.hold(-1);
    await until(
      async () =>
        (await sample('tributary_requests_total', 'transport="websocket",type="subscription",outcome="left"')) === 1,
    );
    assert.equal(await sample('tributary_subscribers', 'field="circulation"'), 0);
  });
});

describe('who reads metrics', () => {
  it('finds none where they are off', async () => {
    const other = await startTestServer();
    assert.equal((await fetch(new URL('/metrics', other.url))).status, 404);
    await other.close();
  });

  it('has to send the token, where there is one', async () => {
    const other = await startTestServer({ METRICS: 'on', METRICS_TOKEN: 'a secret' });
    const url = new URL('/metrics', other.url);
    const statusWith = async (authorization?: string) =>
      (await fetch(url, { headers: { ...(authorization && { authorization }) } })).status;
    assert.equal(await statusWith(), 401);
    assert.equal(await statusWith('Bearer another'), 401);
    assert.equal(await statusWith('Bearer a secret'), 200);
    assert.equal((await fetch(url, { method: 'POST' })).status, 405);
    await other.close();
  });

  it('has to have the scope MANAGE, where the server knows who asks and there is no token', async () => {
    const principalOf = ({ headers: { authorization = '' } }: IncomingMessage): Principal => ({
      ...anybody,
      key: authorization,
      scopes: new Set(authorization === 'manager' ? (['READ', 'MANAGE'] as const) : (['READ', 'RUN'] as const)),
    });
    const silent = pino({ level: 'silent' });
    const other = await startTestServer({ METRICS: 'on' }, silent, undefined, principalOf);
    const statusOf = async (authorization: string) =>
      (await fetch(new URL('/metrics', other.url), { headers: { authorization } })).status;
    assert.equal(await statusOf('reader'), 403);
    assert.equal(await statusOf('manager'), 200);
    await other.close();
  });

  it('finds them on their own port alone, where they have one', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    const other = await startTestServer({ METRICS: 'on', METRICS_PORT: '0' }, log);
    const { url } = lines.map((line) => JSON.parse(line)).find(({ url }) => url);
    assert.equal((await fetch(url)).status, 200);
    assert.equal((await fetch(new URL('/graphql', url))).status, 404);
    assert.equal((await fetch(new URL('/metrics', other.url))).status, 404);
    await other.close();
    await assert.rejects(fetch(url));
  });
});
