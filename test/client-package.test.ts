/** The client as others install it: built JavaScript and types, with nothing of the server in it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestServer, type TestServer } from './server/harness.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');

describe('the built client', () => {
  let server: TestServer;
  let folder: string;
  before(async () => {
    server = await startTestServer();
    folder = await realpath(await mkdtemp(join(tmpdir(), 'tributary-client-')));
    const modules = join(folder, 'node_modules');
    const built = join(modules, 'tributary-client');
    await mkdir(join(modules, '@graphql-typed-document-node'), { recursive: true });
    await run(process.execPath, [compiler, '-p', join(root, 'src/client/tsconfig.json'), '--outDir', built]);
    await copyFile(join(root, 'src/client/package.json'), join(built, 'package.json'));
    // What its package.json names, and nothing else.
    for (const name of ['graphql', 'graphql-ws', '@graphql-typed-document-node/core'])
      await symlink(join(root, 'node_modules', name), join(modules, name));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('asks and follows, as plain JavaScript', async () => {
    await writeFile(
      join(folder, 'use.js'),
      `import { TributaryClient } from 'tributary-client';
       import { CirculationDocument, ModelsDocument } from 'tributary-client/documents';
       import { default as known } from 'tributary-client/possible-types';
       if (!known.possibleTypes.LogitAttributionResult.includes('LogitAttribution')) throw new Error('a type is missing');
       const client = new TributaryClient(process.argv[2]);
       const { models } = await client.request(ModelsDocument, {});
       const told = [];
       const input = { model: models.edges[0].node.name, prompt: { tokenIds: [5, 9, 70] }, top: 1 };
       for await (const { circulation } of client.subscribe(CirculationDocument, { input })) told.push(circulation.__typename);
       await client.close();
       console.log(JSON.stringify(told));`,
    );
    const { stdout } = await run(process.execPath, [join(folder, 'use.js'), server.url]);
    assert.deepEqual(JSON.parse(stdout), [
      'CirculationStarted',
      'LayerCirculated',
      'LayerCirculated',
      'LayerCirculated',
      'CirculationCompleted',
    ]);
  });

  it('has types that know the schema', async () => {
    await writeFile(
      join(folder, 'use.ts'),
      `import { TributaryClient } from 'tributary-client';
       import { LogitAttributionDocument } from 'tributary-client/documents';
       const client = new TributaryClient('http://localhost:4000/graphql');
       const input = { model: 'sample', prompt: { text: 'The capital of France is' } };
       const { logitAttribution: answer } = await client.request(LogitAttributionDocument, { input });
       if (answer.__typename === 'LogitAttribution') { const score: number | undefined = answer.tokens[0]?.score; void score; }
       else { const message: string = answer.message; void message; }
       // @ts-expect-error: the model is missing
       await client.request(LogitAttributionDocument, { input: { prompt: { text: '' } } });
       // @ts-expect-error: no such field
       answer.nothing;`,
    );
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom'];
    await run(process.execPath, [compiler, ...options, '--types', '', join(folder, 'use.ts')], { cwd: folder }).catch(
      ({ stdout }: { stdout: string }) => assert.fail(stdout),
    );
  });
});
