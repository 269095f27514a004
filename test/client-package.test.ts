/** The client as others install it: built JavaScript and types, with nothing of the server in it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { TokenizeDocument } from '../src/client/generated/graphql.ts';
import { startTestServer, type TestServer } from './server/harness.ts';
import { buildClient, compiler } from './support/built-client.ts';

const run = promisify(execFile);

describe('the built client', () => {
  let server: TestServer;
  let folder: string;
  before(async () => {
    server = await startTestServer();
    folder = await realpath(await mkdtemp(join(tmpdir(), 'tributary-client-')));
    await buildClient(folder);
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

  it('follows an answer, and what each token of it comes from', async () => {
    await writeFile(
      join(folder, 'answer.js'),
      `import { TributaryClient } from 'tributary-client';
       import { GenerationDocument } from 'tributary-client/documents';
       const client = new TributaryClient(process.argv[2]);
       const input = { model: 'sample', prompt: { text: 'The river' }, maxTokens: 4, stop: { endOfText: false } };
       const told = [];
       let text = '';
       for await (const { generation } of client.subscribe(GenerationDocument, { input })) {
         told.push(generation.__typename);
         if (generation.__typename === 'TokenGenerated') text += generation.text;
         if (generation.__typename === 'TokenAttributed') told.push(generation.scores.length);
         if (generation.__typename === 'GenerationCompleted') told.push(generation.text === text);
       }
       await client.close();
       console.log(JSON.stringify(told));`,
    );
    const { stdout } = await run(process.execPath, [join(folder, 'answer.js'), server.url]);
    const { model } = await server.client.request(TokenizeDocument, { model: 'sample', text: 'The river' });
    assert.ok(model?.__typename === 'Model' && model.tokenize);
    const { length } = model.tokenize;
    assert.deepEqual(JSON.parse(stdout), [
      'GenerationStarted',
      ...Array(4).fill('TokenGenerated'),
      ...[0, 1, 2, 3].flatMap((index) => ['TokenAttributed', length + index]),
      ...['GenerationCompleted', true],
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
