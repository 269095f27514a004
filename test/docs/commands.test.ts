/** The commands of the documentation do what they say, typed as they stand into the shell of a newcomer. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { HubServer } from '../hub-server.ts';
import { referenceFolder } from '../reference/reference.ts';
import { modelsFolder, startTestServer, type TestServer } from '../server/harness.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { blocksOf, pages, root } from './pages.ts';

/** What is not run here, and why not. */
const exceptions: readonly (readonly [command: RegExp, reason: string])[] = [
  [/^npm ci\b/, 'installs what this test is run by; CI begins with it'],
  [/^npm test$/, 'runs this test'],
  [/^npm run (check|format|generate|figures)$/, 'is run by CI, or writes to the files under test'],
  [/^npm run dev:explorer$/, 'stays, beside another server: test/server/explorer-start.test.ts runs it'],
  [/^npm run (bench(:fan-out)?( -- .*)?|evaluate|mutants -- .*|attack -- (?!--help).*)$/, 'takes minutes'],
  [/^DATABASE_URL=postgres:/, 'needs PostgreSQL; test/runs-command-postgresql.test.ts does it'],
  [/^TRUSTED_DOCUMENTS=/, 'answers what it trusts alone; test/server/trusted-documents.test.ts asks it for that'],
  [/^sqlite3 /, 'is not everywhere; src/runs/sqlite/backup.test.ts makes a copy'],
  [/^(python3\.11|\.venv\/bin\/python) /, 'needs Python with torch'],
];

/** These stay until they are ended. */
const servers = /npm (start|run dev|run debug)$/;

const question =
  '{ logitAttribution(input: { model: "sample", prompt: { text: "The capital of France is" } }) { ... on LogitAttribution { audit { passed } } ... on Error { message } } }';

describe('the commands of the documentation', () => {
  let server: TestServer;
  let hub: HubServer;
  before(async () => {
    server = await startTestServer();
    const folder = referenceFolder('gpt2-plain');
    const names = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
    const files = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const));
    hub = await HubServer.start({ repository: 'openai-community/gpt2', files: Object.fromEntries(files) });
  });
  after(async () => {
    await server.close();
    await hub[Symbol.asyncDispose]();
  });

  for (const page of pages) {
    for (const [index, { text: block, section, next }] of blocksOf(page, '').entries()) {
      it(`work: ${page}, "${section}" (${index + 1})`, async () => {
        await using home = await newHome();
        for (const command of commandsOf(block)) {
          const plain = command.replace(/\s+#.*$/, '');
          if (exceptions.some(([pattern]) => pattern.test(plain))) continue;
          if (servers.test(plain)) await answers(plain, home.environment);
          else {
            const { out, error, status } = await typed(plain, home.environment);
            assert.equal(status, 0, `${plain}\n${error}${out}`);
            if (next?.language === 'text') assert.equal(withoutComments(out), next.text);
          }
        }
      });
    }
  }

  it('are left out only where there is a command to leave out', () => {
    const commands = pages.flatMap((page) => blocksOf(page, '').flatMap(({ text }) => commandsOf(text)));
    const idle = exceptions.filter(
      ([pattern]) => !commands.some((command) => pattern.test(command.replace(/\s+#.*$/, ''))),
    );
    assert.deepEqual(idle, []);
  });

  /** A home with a checkpoint of one's own, and a models folder. */
  const newHome = async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder.path, 'checkpoints'));
    await cp(referenceFolder('gpt2-plain'), join(folder.path, 'checkpoints/mine'), { recursive: true });
    await writeFile(join(folder.path, '.curlrc'), 'fail\nsilent\nshow-error\n');
    const { NODE_TEST_CONTEXT, ...environment } = process.env;
    void NODE_TEST_CONTEXT;
    return {
      environment: {
        ...environment,
        HOME: folder.path,
        MODELS_DIR: await modelsFolder(folder.path),
        HF_ENDPOINT: hub.endpoint,
        THREADS: '1',
        PORT: new URL(server.url).port,
        DATABASE_URL: server.settings.databaseUrl,
      },
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  };

  /** To its end. Whatever it asks is answered by yes. */
  const typed = async (command: string, environment: NodeJS.ProcessEnv) => {
    const child = shell(command.replaceAll('http://localhost:4000', new URL(server.url).origin), environment);
    child.stdin?.end('y\n');
    const [out, error, status] = await Promise.all([
      text(child.stdout as NodeJS.ReadableStream),
      text(child.stderr as NodeJS.ReadableStream),
      once(child, 'close').then(([status]) => status as number),
    ]);
    return { out, error, status };
  };

  /** On a free port, until it has answered a question. */
  const answers = async (command: string, environment: NodeJS.ProcessEnv) => {
    // With a database of its own: an answer of another command's server would only be replayed.
    await using folder = await temporaryFolder();
    const own = { PORT: '0', DATABASE_URL: `file:${join(folder.path, 'test.db')}` };
    const child = shell(command.replace(/^(.*)PORT=\d+ /, '$1'), { ...environment, ...own });
    const closed = once(child, 'close');
    try {
      const url = await listening(child);
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: question }),
      });
      assert.deepEqual(await response.json(), { data: { logitAttribution: { audit: { passed: true } } } }, command);
    } finally {
      // npm, its shell, and node.
      process.kill(-(child.pid as number), 'SIGTERM');
      await closed;
    }
  };
});

function shell(command: string, environment: NodeJS.ProcessEnv): ChildProcess {
  return spawn('sh', ['-c', command], { cwd: root, env: environment, detached: true });
}

/** One to a line; a line that ends with a backslash goes on. */
function commandsOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

/** Of a stream of events: without its empty lines and comments. */
function withoutComments(out: string): string {
  return out.replaceAll(/^(:|data:)?\n/gm, '');
}

async function listening(child: ChildProcess): Promise<string> {
  let out = '';
  const found = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes) => {
      out += String(bytes);
      const [, url] = out.match(/^GraphQL: (http\S+)/m) ?? [];
      if (url) found.resolve(url);
    });
  }
  child.once('close', () => found.reject(new Error(`it ended before it listened: ${out}`)));
  return found.promise;
}
