/** The TypeScript of the documentation has the types of the client, and runs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { initModel } from '../../src/cli/models/init.ts';
import { startTestServer, type TestServer } from '../server/harness.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { blocksOf, pages, root } from './pages.ts';

const run = promisify(execFile);

/** What a package of the client exports, where it lies here. */
const exported = {
  'tributary-client': 'src/client/client.ts',
  'tributary-client/documents': 'src/client/generated/graphql.ts',
  'tributary-client/errors': 'src/client/errors.ts',
  'tributary-client/possible-types': 'src/client/generated/possible-types.ts',
};

/** Of this project's own options, those that others need not have. */
const usual = { noUnusedLocals: false, exactOptionalPropertyTypes: false };

const programs = pages.flatMap((page) => blocksOf(page, 'ts').map(({ text, section }) => ({ page, section, text })));

describe('TypeScript in the documentation', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    // That is made by a command on the page which asks it.
    await initModel(server.models, 'llama', 'arrakis', { seed: 0, dtype: 'F32' });
  });
  after(() => server.close());

  /** As it stands, but for where the client and the server are. */
  const written = async (folder: string): Promise<string[]> => {
    const files = programs.map((_, index) => join(folder, `program-${index}.ts`));
    for (const [index, { text }] of programs.entries()) {
      const located = Object.entries(exported).reduce(
        (program, [name, path]) => program.replaceAll(`'${name}'`, `'${join(root, path)}'`),
        text.replaceAll('localhost:4000', new URL(server.url).host),
      );
      await writeFile(files[index] as string, located);
    }
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    return files;
  };

  it('is there', () => assert.ok(programs.length > 0));

  it('is typed', async () => {
    await using folder = await temporaryFolder();
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { lib: ['es2022', 'dom', 'esnext.disposable'], types: [], ...usual },
      include: [],
      files: await written(folder.path),
    };
    await writeFile(join(folder.path, 'tsconfig.json'), JSON.stringify(config));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [compiler, '-p', folder.path]).catch(({ stdout }: { stdout: string }) =>
      assert.fail(stdout),
    );
  });

  it('runs, and prints no error', async () => {
    await using folder = await temporaryFolder();
    for (const file of await written(folder.path)) {
      const { stdout, stderr } = await run(process.execPath, [file]);
      assert.equal(stderr, '');
      assert.notEqual(stdout, '');
    }
  });
});
