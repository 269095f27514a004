/** The server and the processes that run its models: what the server leaves to them, and what becomes of it when they are killed. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TributaryClient } from '../../src/client/client.ts';
import {
  CirculationDocument,
  type CirculationEventPartsFragment,
  LogitAttributionDocument,
  RunsDocument,
} from '../../src/client/generated/graphql.ts';
import { WatchedRunners } from '../support/watched-runners.ts';
import { modelsFolder, removeFolder, startTestServer, type TestServer } from './harness.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const input = { model: 'llama', prompt: { tokenIds: [5, 9, 70] } };
const killed = /has ended \(SIGKILL\).*short of memory.*Ask again/;

describe('a runner that is killed from outside', () => {
  let runners: WatchedRunners;
  let server: TestServer;
  before(async () => {
    runners = await WatchedRunners.start();
    server = await startTestServer();
  });
  after(async () => {
    await server.close();
    await runners[Symbol.asyncDispose]();
  });

  const runsOf = async () => {
    const { runs } = await server.client.request(RunsDocument, { first: 10 });
    return runs?.edges.map(({ node }) => node) ?? [];
  };

  it('while it attributes is told of as what it is, and the next question is answered', async () => {
    const reached = runners.hold(2);
    const asked = server.client.request(LogitAttributionDocument, { input });
    await reached;
    runners.release('kill');
    const { logitAttribution } = await asked;
    assert.equal(logitAttribution.__typename, 'OverCapacityError');
    assert.match('message' in logitAttribution ? logitAttribution.message : '', killed);
    const [run] = await runsOf();
    assert.deepEqual([run?.status, run?.error?.code], ['FAILED', 'OVER_CAPACITY']);
    assert.match(run?.error?.message ?? '', killed);
    const again = await server.client.request(LogitAttributionDocument, { input });
    assert.equal(again.logitAttribution.__typename, 'LogitAttribution');
  });

  it('in the middle of a stream ends it with a failed run, and the next one is followed to its end', async () => {
    const follow = async (onEvent: (event: CirculationEventPartsFragment) => void) => {
      const events: CirculationEventPartsFragment[] = [];
      for await (const { circulation } of server.client.subscribe(CirculationDocument, { input })) {
        events.push(circulation);
        onEvent(circulation);
      }
      return events.at(-1);
    };
    server.queue.holdBefore = 1;
    const last = await follow(({ __typename }) => {
      if (__typename === 'LayerCirculated') for (const pid of runners.pids) process.kill(pid, 'SIGKILL');
    });
    server.queue.holdBefore = -1;
    assert.ok(last?.__typename === 'RunFailed');
    assert.equal(last.error.code, 'OVER_CAPACITY');
    assert.match(last.error.message, killed);
    const [run] = await runsOf();
    assert.deepEqual([run?.kind, run?.status], ['CIRCULATION', 'FAILED']);
    assert.equal((await follow(() => undefined))?.__typename, 'CirculationCompleted');
  });
});

describe('a server in a process of its own', { skip: process.platform !== 'linux' && 'reads /proc' }, () => {
  let folder: string;
  let server: ChildProcess;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
  });
  after(async () => {
    server.kill('SIGKILL');
    await removeFolder(folder);
  });

  it('never loads onnxruntime, its runner does, and no runner is left when it is killed', async () => {
    const DATABASE_URL = `file:${join(folder, 'test.db')}`;
    const env = { ...process.env, PORT: '0', DATABASE_URL, MODELS_DIR: await modelsFolder(folder), LOG_LEVEL: 'warn' };
    server = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const endpoint = /^GraphQL: (http:\S+) /m;
    let printed = '';
    for await (const chunk of server.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
      printed += chunk;
      if (endpoint.test(printed)) break;
    }
    const client = new TributaryClient(endpoint.exec(printed)?.[1] ?? '', { retries: 0 });
    const { logitAttribution } = await client.request(LogitAttributionDocument, { input });
    assert.equal(logitAttribution.__typename, 'LogitAttribution');
    await client.close();

    const pid = server.pid as number;
    const children = await childrenOf(pid);
    assert.equal(children.length, 1);
    for (const child of children) assert.ok(await hasLoaded(child, 'onnxruntime'));
    assert.ok(await hasLoaded(pid, 'node'));
    assert.ok(!(await hasLoaded(pid, 'onnxruntime')));

    server.kill('SIGKILL');
    await once(server, 'exit');
    for (const child of children) while (await isAlive(child)) await setTimeout(10);
  });
});

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8'));
  return (await Promise.all(lists)).flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

async function hasLoaded(pid: number, library: string): Promise<boolean> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  return maps.split('\n').some((line) => line.slice(line.lastIndexOf('/')).includes(library));
}

/** One that nobody has waited for yet is none. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/\) Z /.test(stat);
}
