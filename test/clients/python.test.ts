/** The Python examples of the page on clients, as they stand, where Python and its packages can be had. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { blocksOf, root, textOf } from '../docs/pages.ts';
import { startTestServer, type TestServer } from '../server/harness.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { environmentOf } from './environment.ts';

const run = promisify(execFile);
const page = 'docs/clients.md';

describe('Python clients', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  /** Blocks of a section, with the server's place in them. */
  const blocks = (section: string, language: string) =>
    blocksOf(page, language)
      .filter((block) => block.section === section)
      .map(({ text }) => text.replaceAll('localhost:4000', new URL(server.url).host));

  /** The page names the version that is tried here. */
  const assertNamed = async (name: string) => {
    const [, version] =
      (await readFile(join(root, `test/clients/${name}.txt`), 'utf8')).match(new RegExp(`^${name}==(.*)$`, 'm')) ?? [];
    assert.match(textOf(page), new RegExp(`pip install '${name}\\[[a-z,]+\\]==${version}'`));
  };

  it('of gql ask and follow', async (test) => {
    const environment = await environmentOf('gql');
    if ('reason' in environment) return test.skip(environment.reason);
    await using folder = await temporaryFolder();
    const [program = ''] = blocks('gql', 'python');
    await writeFile(join(folder.path, 'program.py'), program);
    const { stdout } = await run(join(environment.programs, 'python'), ['program.py'], { cwd: folder.path });
    assert.match(stdout, /' capital'}, 'score': 9\.99/);
    assert.match(stdout, /\{'layer': 3, 'lens': \[\{'token': \{'text': ' Paris'\}\}/);
    await assertNamed('gql');
  });

  it('of ariadne-codegen are made, ask and follow', async (test) => {
    const environment = await environmentOf('ariadne-codegen');
    if ('reason' in environment) return test.skip(environment.reason);
    await using folder = await temporaryFolder();
    const place = (...path: string[]) => join(folder.path, ...path);
    const [settings = ''] = blocks('ariadne-codegen', 'toml');
    await writeFile(place('pyproject.toml'), settings);
    await cp(join(root, 'schema/schema.graphql'), place('schema.graphql'));
    await mkdir(place('questions'));
    for (const [index, document] of blocks('ariadne-codegen', 'graphql').entries())
      await writeFile(place('questions', `${index}.graphql`), document);
    const [program = ''] = blocks('ariadne-codegen', 'python');
    await writeFile(place('program.py'), program);
    await run(join(environment.programs, 'ariadne-codegen'), { cwd: folder.path });
    const { stdout } = await run(join(environment.programs, 'python'), ['program.py'], { cwd: folder.path });
    assert.match(stdout, /\(' capital', 9\.99/);
    assert.match(stdout, /^3 {2}Paris$/m);
    await assertNamed('ariadne-codegen');
  });
});
