/** `npm run demo`, as a newcomer runs it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { startTestServer, type TestServer } from './server/harness.ts';

const run = promisify(execFile);
const demo = fileURLToPath(new URL('../src/demo/demo.ts', import.meta.url));
const colour = '\u001b[';

describe('the demo', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const drawn = async (variables: Record<string, string>) => {
    const { NO_COLOR, FORCE_COLOR, ...environment } = process.env;
    void [NO_COLOR, FORCE_COLOR];
    const options = { env: { ...environment, MODELS_DIR: server.models, THREADS: '1', ...variables } };
    return (await run(process.execPath, [demo], options)).stdout;
  };
  const complete = (text: string) => {
    assert.match(text, /block 0 .*\n.*block 1 .*\n.*block 2 .*\n.*block 3 .*Mary/);
    assert.match(
      text,
      /block 3 attention .*\n.*block 2 attention .*\n.*block 1 attention .*\n.*block 0 attention .* MLP/,
    );
    assert.equal(text.match(/✔ adds up/g)?.length, 2);
    assert.match(text, /Answer: .*\n\n +Mary +\d+ % +Mary \+.*\n +\. +\d+ % /);
  };

  it('follows a circulation, draws an attribution and shows an answer on the server that runs', async () => {
    const text = await drawn({ PORT: new URL(server.url).port });
    assert.doesNotMatch(text, /starting one/);
    assert.ok(!text.includes(colour), 'no colours where there is no terminal');
    complete(text);
  });

  it('starts a server for its own time where none runs', async () => {
    const text = await drawn({ PORT: '1' });
    assert.match(text, /starting one/);
    complete(text);
  });

  it('is coloured where colours are asked for, and not where they are declined', async () => {
    const port = new URL(server.url).port;
    const coloured = await drawn({ PORT: port, FORCE_COLOR: '1' });
    assert.ok(coloured.includes(`${colour}48;5;`));
    complete(stripVTControlCharacters(coloured));
    assert.ok(!(await drawn({ PORT: port, NO_COLOR: '1' })).includes(colour));
  });
});
