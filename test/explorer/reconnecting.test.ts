/** The page goes on where it was: after its connection was lost, and after its server was. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { type RunEventsSubscription, RunsDocument } from '../../src/client/generated/graphql.ts';
import { percent } from '../../src/explorer/format/number.ts';
import { collect, startTestServer, type TestServer } from '../server/harness.ts';
import { explorerFiles, noBrowser, type OpenPage, openPage } from '../support/explorer.ts';
import { Network } from '../support/network.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const layers = 4;
const positions = 14;

type Layer = Extract<RunEventsSubscription['runEvents'], { __typename: 'LayerCirculated' }>;

describe('the page, when what it follows is interrupted', { skip: noBrowser }, () => {
  let folder: TemporaryFolder;
  let server: TestServer;
  let network: Network;
  /** Of whoever reads what the first one has asked for; it stays where it is. */
  let reader: OpenPage;
  before(async () => {
    folder = await temporaryFolder();
    server = await start();
    network = await Network.before(server.url);
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    network?.close();
    await server?.close();
    await folder?.[Symbol.asyncDispose]();
  });
  afterEach(() => {
    network.isDown = false;
    release();
  });

  /** Each time on the same database. */
  const start = async () => {
    return startTestServer(
      { DATABASE_URL: `file:${join(folder.path, 'test.db')}`, LEAVE_GRACE: '600' },
      undefined,
      await explorerFiles(),
    );
  };

  const release = () => {
    server.queue.holdBefore = -1;
    for (const gate of server.queue.gates) gate.release();
  };

  const restart = async () => {
    network.isDown = true;
    network.cut();
    await server.close();
    server = await start();
    network.target = new URL(server.url);
  };

  const open = (path: string) => openPage(new URL('/', network.url).href, { path });

  it('resumes after its connection was cut, with each layer once', async () => {
    server.queue.watched = ['attribution'];
    server.queue.holdBefore = 2;
    await using explorer = await open('/');
    const { page } = explorer;
    const told = eventsTold(page);
    await page.getByText('Up through the model: 2 of 4 layers').waitFor();
    await lose(page);
    await flowStatus(page, 'connecting again · layer 2 of 4 so far');
    network.isDown = false;
    await found(page);
    // The attribution goes on to its end; then its circulation is held at the same block.
    server.queue.watched = ['circulation'];
    server.queue.lastGate?.release();
    await page.locator('.tokens .sum').waitFor();
    await flowStatus(page, 'live · layer 2 of 4');
    await lose(page);
    await flowStatus(page, 'connecting again · layer 2 of 4 so far');
    release();
    // All is told and stored before the page is back.
    const stored = await circulated();
    network.isDown = false;
    await flowStatus(page, '4 layers in');
    await found(page);
    assert.deepEqual(doubled(told), []);
    assert.deepEqual(
      told
        .filter(({ run, __typename }) => run.id === stored.id && __typename === 'LayerCirculated')
        .map(({ seq }) => seq),
      stored.layers.map(({ seq }) => seq),
    );
    await showsAll(page, stored.layers);
    reader = await open(`/${new URL(page.url()).search}`);
    await flowStatus(reader.page, '4 layers in');
    assert.deepEqual(await everything(page), await everything(reader.page));
  });

  it('asks again what its server was stopped in, and leaves in peace what had its answer', async () => {
    await flowStatus(reader.page, '4 layers in');
    const before = { shown: await everything(reader.page), address: reader.page.url(), runs: await runIds() };
    await using explorer = await open('/');
    const { page } = explorer;
    await flowStatus(page, '4 layers in');
    server.queue.holdBefore = 2;
    await page.getByLabel('Prompt', { exact: true }).fill('When Mary and John went to the store, Mary gave a drink to');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await flowStatus(page, 'live · layer 2 of 4');
    const { search } = new URL(page.url());
    await restart();
    await page.locator('.connection').waitFor();
    await reader.page.locator('.connection').waitFor();
    network.isDown = false;
    await flowStatus(page, '4 layers in');
    await found(page);
    await found(reader.page);
    await showsAll(page, (await circulated()).layers);
    // The attribution had its answer: its circulation alone is another run.
    assert.equal(new URL(page.url()).search, search);
    assert.equal((await runIds()).length, before.runs.length + 3);
    assert.deepEqual(
      { shown: await everything(reader.page), address: reader.page.url() },
      { shown: before.shown, address: before.address },
    );
    await reader.page.getByRole('tab', { name: 'Heads' }).click();
    await reader.page.locator('.heads [role=grid]').first().waitFor();
  });

  it('asks an attribution again that its server was stopped in', async () => {
    await using explorer = await open('/');
    const { page } = explorer;
    await flowStatus(page, '4 layers in');
    // What else an attribution is asked for is there.
    await page.getByText(/\d+ moves are drawn/).waitFor();
    server.queue.watched = ['attribution'];
    server.queue.holdBefore = 3;
    await page.getByLabel('Prompt', { exact: true }).fill('When John and Mary went to the store, Mary gave a drink to');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.getByText('Up through the model: 3 of 4 layers').waitFor();
    const told = eventsTold(page);
    await restart();
    await page.locator('.connection').waitFor();
    network.isDown = false;
    await flowStatus(page, '4 layers in');
    await found(page);
    await showsAll(page, (await circulated()).layers);
    assert.deepEqual(doubled(told), []);
    assert.equal(await page.locator('.tokens [data-position]').count(), positions);
    await page.locator('.tokens .sum').waitFor();
  });

  it('says of what is asked meanwhile that the server is away, and asks once more when it is told to', async () => {
    const { page } = reader;
    await lose(page);
    await page.getByRole('button', { name: 'Shares of all' }).click();
    const failed = page.getByRole('alert').filter({ hasText: 'The server is not there.' });
    await failed.waitFor();
    network.isDown = false;
    await failed.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.tokens [data-position="0"][aria-label*="%"]').waitFor();
    await failed.waitFor({ state: 'detached' });
    await found(page);
  });

  const lose = async (page: Page) => {
    network.isDown = true;
    network.cut();
    await page.getByText('The connection was lost. Connecting again …').waitFor();
  };

  /** The layers of the newest circulation, once it has its end, as they are stored. */
  async function circulated() {
    const [id] = await runIds('CIRCULATION');
    const events = await collect(server.client.followRun(id ?? ''));
    assert.equal(events.at(-1)?.__typename, 'CirculationCompleted');
    return { id, layers: events.filter((event): event is Layer => event.__typename === 'LayerCirculated') };
  }

  async function runIds(kind?: 'CIRCULATION'): Promise<string[]> {
    const { runs } = await server.client.request(RunsDocument, {
      first: 100,
      ...(kind && { filter: { kinds: [kind] } }),
    });
    return runs?.edges.map(({ node }) => node.id) ?? [];
  }
});

interface Told {
  readonly __typename: string;
  readonly seq: number;
  readonly run: { readonly id: string };
}

/** What the page is told of runs from now on. */
function eventsTold(page: Page): Told[] {
  const told: Told[] = [];
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const event = JSON.parse(String(payload)).payload?.data?.runEvents;
      if (event?.seq !== undefined) told.push(event);
    }),
  );
  return told;
}

function doubled(told: readonly Told[]): string[] {
  const names = told.map(({ run, seq, __typename }) => `${run.id} ${seq} ${__typename}`);
  return names.filter((name, index) => names.indexOf(name) !== index);
}

async function flowStatus(page: Page, text: string): Promise<void> {
  await page.locator('.flow .status').filter({ hasText: text }).waitFor();
}

async function found(page: Page): Promise<void> {
  await page.locator('.connection').waitFor({ state: 'detached' });
}

/** Of every layer and position the share of the followed token, as the API tells it. */
async function showsAll(page: Page, stored: readonly Layer[]): Promise<void> {
  assert.deepEqual(
    stored.map(({ layer }) => layer),
    Array.from({ length: layers }, (_, layer) => layer),
  );
  const cells = page.locator('.flow td');
  assert.equal(await cells.count(), (layers + 1) * positions);
  const shown = await cells.evaluateAll((all) =>
    all.map((cell) => [
      `${(cell as HTMLElement).dataset.row} ${(cell as HTMLElement).dataset.position}`,
      cell.textContent,
    ]),
  );
  const texts = new Map(shown as [string, string][]);
  for (const { layer, tracked } of stored)
    for (const { token, share } of tracked)
      for (const [position, part] of share.entries()) {
        const text = texts.get(`${layer + 1} ${position}`) ?? '';
        const figure = `'${token.text}': ${percent(part)} of the stream`;
        assert.ok(text.includes(figure), `${layer} ${position}: ${text} has not ${figure}`);
      }
}

/** What is said of every token and of every cell of the picture. */
async function everything(page: Page) {
  await page.locator('.tokens .sum').waitFor();
  const tokens = await page
    .locator('.tokens [data-position]')
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label')));
  return { tokens, flow: await page.locator('.flow td').allTextContents() };
}
