/** What a server keeps, and what it says of that. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { experimentOfBefore, makeEarlierDatabase } from '../support/earlier-database.ts';
import { queryData } from '../support/post-query.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestServer } from './harness.ts';

interface Stored {
  readonly storage: {
    readonly bytes: number;
    readonly freeBytes: number;
    readonly runs: number;
    readonly events: number;
    readonly experiments: number;
    readonly retention: object;
  };
}

const query = '{ storage { bytes freeBytes runs events experiments retention { maxAge maxRuns maxBytes } } }';

const ready = async (url: string) => {
  const response = await fetch(new URL('/ready', url));
  assert.equal(response.status, 200);
  return (await response.json()) as { readonly ready: boolean; readonly databaseBytes?: number };
};

it('a server deletes at its start what is older than it keeps, says so in the log, and is ready meanwhile', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'earlier.db');
  await makeEarlierDatabase(path);
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  // Those runs have ended when that version was killed. Some have ended by being interrupted now, and stay.
  const variables = { DATABASE_URL: `file:${path}`, RETENTION_RUNS: '0', RETENTION_BYTES: '10MB' };
  const server = await startTestServer(variables, log);
  try {
    let storage: Stored['storage'];
    do {
      ({ storage } = await queryData<Stored>(server.url, query));
      assert.equal((await ready(server.url)).ready, true);
      await setTimeout(10);
    } while (storage.runs > 4);
    const { bytes, freeBytes, retention, ...counts } = storage;
    assert.deepEqual(counts, { runs: 4, events: 6, experiments: 1 });
    assert.ok(bytes > freeBytes && freeBytes >= 0);
    assert.deepEqual({ ...retention }, { maxAge: null, maxRuns: 0, maxBytes: 10_000_000 });
    const { databaseBytes } = await ready(server.url);
    assert.ok(databaseBytes && Math.abs(databaseBytes - bytes) < 1e6);
    while (!lines.some((line) => /runs were deleted with \d+ bytes: 3 more than RETENTION_RUNS/.test(line)))
      await setTimeout(10);
    const { experiment } = await queryData<{ experiment: { aggregates: { count: number } } }>(
      server.url,
      'query ($name: String!) { experiment(name: $name) { aggregates { count } } }',
      { name: experimentOfBefore },
    );
    assert.equal(experiment.aggregates.count, 2);
  } finally {
    await server.close();
  }
});

it('a server without limits keeps everything', async () => {
  const server = await startTestServer();
  try {
    const { storage } = await queryData<Stored>(server.url, query);
    assert.deepEqual({ ...storage.retention }, { maxAge: null, maxRuns: null, maxBytes: null });
  } finally {
    await server.close();
  }
});
