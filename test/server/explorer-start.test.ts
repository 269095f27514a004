/** The page is built by the server at start, in a copy of the project whose sources may change. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ProjectCopy, projectCopy } from '../support/project-copy.ts';
import { startTestServer } from './harness.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A process until a line of what it writes matches, and its end. */
async function started(args: readonly string[], cwd: string, variables: Record<string, string>, last: RegExp) {
  const { NODE_TEST_CONTEXT, ...environment } = process.env;
  void NODE_TEST_CONTEXT;
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...environment, NO_COLOR: '1', ...variables },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(child, 'close');
  const lines: string[] = [];
  const ready = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    const [, found] = line.match(last) ?? [];
    if (found !== undefined) ready.resolve(found);
  });
  void closed.then(() => ready.reject(new Error(`it ended: ${lines.join('\n')}`)));
  return {
    /** What the line has in brackets. */
    found: await ready.promise,
    lines,
    async [Symbol.asyncDispose]() {
      child.kill();
      await closed;
    },
  };
}

/** A server with a database of its own. */
async function server({ path, main }: ProjectCopy) {
  const folder = await mkdtemp(join(path, 'database-'));
  const variables = { PORT: '0', DATABASE_URL: `file:${join(folder, 'test.db')}`, MODELS_DIR: path };
  return started([main], path, variables, /^(Models are read from)/);
}

const built = /^The page was built in \d+\.\d s$/;
const address = /^Tributary: (http:\/\/localhost:\d+\/) /;
const endpoint = /^GraphQL: (http:\/\/localhost:\d+\/graphql) /;

const addressIn = (lines: readonly string[]) => lines.map((line) => line.match(address)?.[1]).find(Boolean) ?? '';
const titleAt = async (url: string) => (await (await fetch(url)).text()).match(/<title>(.*)<\/title>/)?.[1];

describe('a start', () => {
  it('builds the page once, says so in one line, and then where the page is and where GraphQL', async () => {
    await using project = await projectCopy();
    {
      await using first = await server(project);
      assert.equal(first.lines.length, 4, first.lines.join('\n'));
      for (const [index, pattern] of [built, address, endpoint].entries())
        assert.match(first.lines[index] ?? '', pattern);
      assert.equal(await titleAt(addressIn(first.lines)), 'Tributary');
    }
    {
      await using second = await server(project);
      assert.deepEqual([second.lines.length, second.lines.filter((line) => built.test(line))], [3, []]);
    }
    await project.append('src/explorer/main.tsx', "\nconsole.info('a change');\n");
    await using third = await server(project);
    assert.match(third.lines[0] ?? '', built);
  });

  it('is not disturbed by another at the same time', async () => {
    await using project = await projectCopy();
    const both = await Promise.all([server(project), server(project)]);
    await using one = both[0];
    await using other = both[1];
    for (const { lines } of [one, other]) assert.equal(await titleAt(addressIn(lines)), 'Tributary', lines.join('\n'));
    assert.equal((await project.builds()).length, 1);
  });

  it('goes on without the page where it cannot be built, and says why', async () => {
    await using project = await projectCopy();
    await writeFile(join(project.path, 'dist'), 'a file where a folder would have to be');
    await using running = await server(project);
    const [log, graphql, models] = running.lines;
    const { level, msg, fault } = JSON.parse(log ?? '') as Record<string, string>;
    assert.deepEqual([level, msg], [50, 'the page could not be built; GraphQL is served without it']);
    assert.match(fault ?? '', /dist/);
    assert.match(graphql ?? '', endpoint);
    assert.match(models ?? '', /^Models are read from/);
    const url = new URL('/', graphql?.match(endpoint)?.[1]);
    const page = await fetch(url);
    assert.deepEqual([page.status, (await page.text()).includes('npm run build:explorer')], [404, true]);
  });

  it('goes on with the page of before where the one of now cannot be built', async () => {
    await using project = await projectCopy();
    await (await server(project))[Symbol.asyncDispose]();
    await project.append('src/explorer/main.tsx', '\nconst = 3;\n');
    await using running = await server(project);
    const { level, msg, fault } = JSON.parse(running.lines[0] ?? '') as Record<string, string>;
    assert.equal(level, 40);
    assert.match(`${msg}: ${fault}`, /the one built before is served: .*main\.tsx:\d+/);
    assert.equal(await titleAt(addressIn(running.lines)), 'Tributary');
  });
});

describe('npm run dev:explorer', () => {
  it('serves the page from its sources, and what it asks for from the server that runs', async () => {
    const behind = await startTestServer();
    const vite = fileURLToPath(import.meta.resolve('vite/package.json')).replace('package.json', 'bin/vite.js');
    const options = ['--config', 'src/explorer/vite.config.ts', '--configLoader', 'native', '--port', '0'];
    const PORT = new URL(behind.url).port;
    try {
      await using running = await started([vite, ...options], root, { PORT }, /Local: +(http:\S+)/);
      const script = await (await fetch(new URL('/main.tsx', running.found))).text();
      assert.match(script, /from "[^"]*preact/);
      const origin = new URL(running.found).origin;
      const answer = await fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: '{"query":"{ __typename }"}',
      });
      assert.deepEqual(await answer.json(), { data: { __typename: 'Query' } });
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      await once(socket, 'open');
      const acknowledged = once(socket, 'message');
      socket.send('{"type":"connection_init"}');
      const [{ data }] = (await acknowledged) as [MessageEvent];
      assert.equal(JSON.parse(data).type, 'connection_ack');
      socket.close();
      await once(socket, 'close');
    } finally {
      await behind.close();
    }
  });
});
