/** What is taken along of a view: files from a real browser, and queries that run as they stand. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import {
  MovesDocument,
  PathsDocument,
  RunEventsDocument,
  StartLogitAttributionDocument,
} from '../../src/client/generated/graphql.ts';
import { unguarded } from '../../src/explorer/takeaway/csv.ts';
import { toGraphQL, toPython, toTypeScript } from '../../src/explorer/takeaway/query.ts';
import type { Asked } from '../../src/explorer/takeaway/takeaway.ts';
import { startTestServer, type TestServer } from '../server/harness.ts';
import { buildClient, compiler } from '../support/built-client.ts';
import { readCsv } from '../support/csv.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';
import { queryData } from '../support/post-query.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

const text = '=1+1, "so"\n\\ & <b>\u2028 $x é 🙂';
const input = { model: 'sample', prompt: { text }, method: 'FROZEN', target: { kind: 'LOGIT' } } as const;
const questions: readonly Asked[] = [
  {
    document: MovesDocument as Asked['document'],
    variables: { input, keep: ['LAYER'], path: 'TOTAL', edges: 3, threshold: 0 },
  },
  { document: PathsDocument as Asked['document'], variables: { input, first: 2, from: null } },
];

describe('The query behind a view', () => {
  let server: TestServer;
  let folder: TemporaryFolder;
  let edges: number[];
  let events: Asked;
  before(async () => {
    server = await startTestServer();
    folder = await temporaryFolder();
    const variables = questions[0]?.variables as never;
    const { logitAttribution: answer } = await server.client.request(MovesDocument, variables);
    assert.ok(answer.__typename === 'LogitAttribution' && answer.edges);
    edges = answer.edges.map(({ score }) => score);
    const { startLogitAttribution: started } = await server.client.request(StartLogitAttributionDocument, { input });
    assert.ok('run' in started);
    events = { document: RunEventsDocument as Asked['document'], variables: { runId: started.run.id } };
  });
  after(async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  });

  it('runs as GraphQL without variables', async () => {
    const answers = await answersOf(server.url, toGraphQL([...questions].reverse()));
    assert.deepEqual(Object.keys(answers), ['Paths', 'Moves']);
    assert.deepEqual(
      answers.Moves?.logitAttribution.edges?.map(({ score }) => score),
      edges,
    );
    assert.ok(answers.Paths?.logitAttribution.paths);
  });

  it('compiles and runs in TypeScript, with the built client and strict types', async () => {
    await buildClient(folder.path);
    const program = join(folder.path, 'query.ts');
    await writeFile(program, toTypeScript([...questions, events], server.url));
    const options = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
      '--target',
      'es2022',
    ];
    const types = ['--lib', 'es2022,dom,esnext.disposable', '--types', '', program];
    await run(process.execPath, [compiler, ...options, ...types], { cwd: folder.path }).catch(
      ({ stdout }: { stdout: string }) => assert.fail(stdout),
    );
    const { stdout } = await run(process.execPath, [program], { cwd: folder.path });
    for (const score of edges) assert.ok(stdout.includes(String(score)), `${score} is not in ${stdout}`);
    assert.match(stdout, /AttributionCompleted/);
  });

  it('runs in Python, with nothing but its own library', async (test) => {
    const version = await run('python3', ['--version']).catch(() => undefined);
    if (!version) return test.skip('there is no python3');
    const program = join(folder.path, 'query.py');
    await writeFile(program, toPython([...questions, events], server.url));
    const { stdout } = await run('python3', ['-I', program]);
    for (const score of edges) assert.ok(stdout.includes(String(score)), `${score} is not in ${stdout}`);
    assert.match(stdout, /AttributionCompleted/);
  });
});

describe('The menu of a view', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  before(async () => {
    explorer = await openExplorer();
    page = explorer.page;
    await page.locator('.tokens .sum').first().waitFor();
    await page.getByLabel('Prompt').first().fill(text.replace('\u2028', ''));
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.waitForFunction(() =>
      /^'?=/.test(document.querySelector('.tokens [data-position]')?.getAttribute('aria-label') ?? ''),
    );
    await page.locator('.tokens .sum').first().waitFor();
  });
  after(() => explorer[Symbol.asyncDispose]());

  const opener = () => page.getByRole('button', { name: 'Take tokens along' });
  const item = (name: string) => page.getByRole('menuitem', { name });
  const download = async (name: string) => {
    await opener().click();
    const [file] = await Promise.all([page.waitForEvent('download'), item(name).first().click()]);
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };

  it('is opened, walked through and left by keys', async () => {
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await opener().focus();
    await page.keyboard.press('Enter');
    await item('Copy SVG').waitFor();
    assert.equal(await focused(), 'Copy SVG');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'Download SVG');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), 'Download PNG');
    await page.keyboard.press('End');
    assert.equal(await focused(), 'Download Python');
    await page.keyboard.press('Escape');
    assert.equal(await focused(), 'Take tokens along');
    assert.equal(await page.getByRole('menu').count(), 0);
  });

  it('gives figures as CSV that are the API’s to the last digit', async () => {
    const { name, bytes } = await download('Download CSV');
    const id = new URL(page.url()).searchParams.get('run') ?? '';
    const short = id.replace(/[^a-z0-9]/gi, '').slice(-8);
    assert.match(name, new RegExp(`^tributary-tokens-sample-${short}(-\\w+)?\\.csv$`));
    const query = 'query($id: ID!) { run(id: $id) { attribution { tokens { token { text } score } } } }';
    const { run } = await queryData<{
      run: { attribution: { tokens: { token: { text: string }; score: number }[] } };
    }>(explorer.server.url, query, { id });
    const { tokens } = run.attribution;
    const [columns = [], ...rows] = readCsv(bytes.toString());
    const [token, score] = ['text', 'score (logits)'].map((column) => columns.indexOf(column)) as [number, number];
    assert.ok(token >= 0 && score >= 0, columns.join());
    assert.deepEqual(
      tokens.map((told) => [told.token.text, told.score]),
      rows.slice(0, tokens.length).map((row) => [unguarded(row[token] ?? ''), Number(row[score])]),
    );
  });

  it('gives the picture as an SVG that is well-formed, and as a PNG of twice its size', async () => {
    const svg = (await download('Download SVG')).bytes.toString();
    const size = await page.evaluate((text) => {
      const { documentElement: root } = new DOMParser().parseFromString(text, 'image/svg+xml');
      return [root.nodeName, Number(root.getAttribute('width')), Number(root.getAttribute('height'))] as const;
    }, svg);
    assert.equal(size[0], 'svg');
    const { bytes, name } = await download('Download PNG');
    assert.match(name, /\.png$/);
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    assert.deepEqual(
      [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
      [Math.ceil(size[1] * 2), Math.ceil(size[2] * 2)],
    );
  });

  it('gives figures as JSON with the run and the question that they are of', async () => {
    const json = JSON.parse((await download('Download JSON')).bytes.toString());
    assert.equal(json.explained[0].run.id, new URL(page.url()).searchParams.get('run'));
    assert.equal(json.explained[0].question.prompt.text, text.replace('\u2028', ''));
    assert.match(json.explained[0].model.revision, /^[0-9a-f]+$/);
    assert.equal(json.link, page.url());
    assert.ok(json.tables[0].rows.length > 0);
  });

  it('copies a query that runs as it stands, and says so', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await opener().click();
    await item('Copy GraphQL').click();
    await page.getByRole('status').getByText('GraphQL copied').waitFor();
    const query = await page.evaluate(() => navigator.clipboard.readText());
    for (const { logitAttribution: answer } of Object.values(await answersOf(explorer.server.url, query)))
      assert.equal(answer.__typename, 'LogitAttribution');
    await opener().click();
    await item('Copy PNG').click();
    await page.getByRole('status').getByText('PNG copied').waitFor();
  });

  it('leaves nothing on the console', () => {
    assert.deepEqual(explorer.errors, []);
    assert.deepEqual(explorer.foreignRequests(), []);
  });
});

interface Answer {
  readonly logitAttribution: { __typename: string; edges?: { score: number }[]; paths?: object };
}

/** Of each operation of a document, by its name. @throws AssertionError where one is refused */
async function answersOf(url: string, query: string): Promise<Record<string, Answer>> {
  const answers: Record<string, Answer> = {};
  for (const [, operationName = ''] of query.matchAll(/^query (\w+)/gm)) {
    const body = JSON.stringify({ query, operationName });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { data, errors } = (await response.json()) as { data: Answer; errors?: object };
    assert.equal(errors, undefined, JSON.stringify(errors));
    answers[operationName] = data;
  }
  return answers;
}
