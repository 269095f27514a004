/** The address of the page, in a real browser: whoever opens it sees the same. */
import assert from 'node:assert/strict';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import {
  CancelRunDocument,
  DeleteRunDocument,
  RunsDocument,
  StartCirculationDocument,
  StartLogitAttributionDocument,
  StoredEventsDocument,
} from '../../src/client/generated/graphql.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';
import { queryData } from '../support/post-query.ts';

const patience = 30_000;
const capital = 'The capital of France is';
const france = { model: 'sample', prompt: { text: capital }, method: 'GRADIENT' } as const;

describe('A link', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  before(async () => {
    explorer = await openExplorer();
    await completed(explorer.page);
  });
  after(() => explorer[Symbol.asyncDispose]());

  /** In a browser with a profile of its own. */
  const elsewhere = async (search: string, use: (page: Page) => Promise<void>) => {
    const context = await explorer.page.context().browser()?.newContext();
    const page = await context?.newPage();
    try {
      assert.ok(page);
      page.setDefaultTimeout(patience);
      await page.goto(explorer.url + search);
      await use(page);
    } finally {
      await context?.close();
    }
  };

  const ask = async (input: typeof france | { model: string; prompt: { text: string } }) => {
    const { startLogitAttribution: started } = await explorer.server.client.request(StartLogitAttributionDocument, {
      input,
    });
    assert.ok('run' in started, JSON.stringify(started));
    return started.run.id;
  };

  const runCount = async () =>
    (await explorer.server.client.request(RunsDocument, { first: 100 })).runs?.edges.length ?? 0;

  it('shows in another browser the same figures, question, view and selection, and computes nothing', async () => {
    const { page, server } = explorer;
    await page.getByRole('tab', { name: 'Heads' }).click();
    await page.keyboard.press('Tab');
    await page.waitForURL(/view=heads/);
    const { search, searchParams } = new URL(page.url());
    const [figures, runs] = [await scores(page), await runCount()];
    assert.ok(searchParams.get('track'));
    const told: { seq: number; at: string; run: { id: string } }[] = [];
    await elsewhere('', async (other) => {
      other.on('websocket', (socket) =>
        socket.on('framereceived', ({ payload }) => {
          const event = JSON.parse(String(payload)).payload?.data?.runEvents;
          if (event?.seq !== undefined) told.push(event);
        }),
      );
      await other.goto(explorer.url + search);
      await completed(other);
      assert.deepEqual(await scores(other), figures);
      assert.equal(await promptOf(other), await promptOf(page));
      assert.equal(await other.getByRole('tab', { name: 'Heads' }).getAttribute('aria-selected'), 'true');
      assert.equal(new URL(other.url()).search, search);
    });
    assert.equal(await runCount(), runs);
    const id = searchParams.get('run') ?? '';
    const stored = await server.client.request(StoredEventsDocument, { id, first: 200 });
    assert.deepEqual(
      told.filter(({ run }) => run.id === id).map(({ seq, at }) => [seq, at]),
      stored.run?.events?.edges.map(({ node }) => [node.seq, node.at]),
    );
    // The tokens' way is found as well: no third run is told of.
    assert.equal(new Set(told.map(({ run }) => run.id)).size, 2);
  });

  it('is a step that the browser goes back from, with the question in the prompt', async () => {
    const { page } = explorer;
    const [before, prompt] = [await scores(page), await promptOf(page)];
    await page.getByLabel('Prompt').first().fill(capital);
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await tokensShown(page, 5);
    await completed(page);
    const [address, after] = [page.url(), await scores(page)];
    assert.notDeepEqual(after, before);
    await page.goBack();
    await tokensShown(page, 14);
    await completed(page);
    assert.deepEqual(await scores(page), before);
    assert.equal(await promptOf(page), prompt);
    await page.goForward();
    await page.waitForURL(address);
    await tokensShown(page, 5);
    await completed(page);
    assert.deepEqual(await scores(page), after);
    assert.equal(await promptOf(page), capital);
  });

  it('that is opened while another one is being read is the one that is shown', async () => {
    const [slow, quick] = [await ask({ model: 'sample', prompt: { text: 'Mary had' } }), await ask(france)];
    await elsewhere(`?run=${encodeURIComponent(quick)}`, async (page) => {
      await completed(page);
      const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      await page.route('**/graphql', async (route) => {
        const isSlow = (route.request().postData() ?? '').includes(`"id":"${slow}"`);
        if (isSlow) {
          asked.resolve();
          await released.promise;
        }
        await route.continue();
      });
      await page.evaluate(
        ([slow, quick]) => {
          for (const id of [slow, quick]) {
            history.pushState(null, '', `?run=${encodeURIComponent(id as string)}`);
            dispatchEvent(new PopStateEvent('popstate'));
          }
        },
        [slow, quick],
      );
      await asked.promise;
      await page.waitForURL(/track=/);
      const answered = page.waitForResponse((response) => (response.request().postData() ?? '').includes(slow));
      released.resolve();
      await (await answered).finished();
      await page.waitForTimeout(200);
      assert.equal(new URL(page.url()).searchParams.get('run'), quick);
      assert.equal(await promptOf(page), capital);
    });
  });

  it('to no run says so, and leads to the example', async () => {
    await elsewhere('?run=none', async (page) => {
      await page.getByRole('alert').getByText('There is no such run').waitFor();
      assert.equal(new URL(page.url()).search, '?run=none');
      await page.getByRole('button', { name: 'Show the example' }).click();
      await completed(page);
      assert.match(new URL(page.url()).search, /^\?run=UnVu/);
    });
  });

  it('to a run under way joins it; when it is cancelled, what came stays, with a way to ask again', async () => {
    const { server } = explorer;
    server.queue.watched = ['attribution'];
    server.queue.holdBefore = 2;
    const id = await ask({ model: 'sample', prompt: { text: 'A run that is held' } });
    await elsewhere(`?run=${encodeURIComponent(id)}`, async (page) => {
      await page.locator('.tokens [data-position="0"]').waitFor();
      await server.client.request(CancelRunDocument, { id });
      server.queue.holdBefore = -1;
      server.queue.lastGate?.release();
      const stopped = page.getByText(/stopped|cancelled/i).first();
      await stopped.waitFor();
      assert.ok(await page.locator('.tokens [data-position="0"]').count());
      await page.getByRole('button', { name: /again/i }).first().click();
      await completed(page);
      assert.notEqual(new URL(page.url()).searchParams.get('run'), id);
    });
  });

  it('to a circulation shows its way, keeps its address, and explains the same target', async () => {
    const input = { model: 'sample', prompt: { text: capital }, track: [1, 3], target: { token: { text: ' Paris' } } };
    const { startCirculation: started } = await explorer.server.client.request(StartCirculationDocument, { input });
    assert.ok('run' in started);
    const { id } = started.run;
    await elsewhere(`?run=${encodeURIComponent(id)}`, async (page) => {
      await completed(page);
      const { searchParams } = new URL(page.url());
      assert.equal(searchParams.get('run'), id);
      assert.equal(await promptOf(page), capital);
      assert.match(await page.locator('.prediction').first().innerText(), /Paris/);
    });
  });

  it('shows two runs side by side, each as it is', async () => {
    const [one, other] = [await ask(france), await ask({ model: 'sample', prompt: { text: 'Mary had' } })];
    const search = `?run=${encodeURIComponent(one)}&track=3&beside=${encodeURIComponent(other)}&beside-track=0`;
    await elsewhere(search, async (page) => {
      await page.getByRole('heading', { name: 'Tokens, side by side' }).waitFor();
      await page.waitForFunction(() => document.querySelectorAll('.comparison .sum').length === 2);
      const shown = await page.locator('.comparison [data-position]').evaluateAll(labels);
      for (const [id, place] of [
        [one, shown.slice(0, 5)],
        [other, shown.slice(5)],
      ] as const) {
        const { run } = await queryData<{ run: { attribution: { tokens: { score: number }[] } } }>(
          explorer.server.url,
          'query($id: ID!) { run(id: $id) { attribution { tokens { score } } } }',
          { id },
        );
        assert.deepEqual(
          place.map(scoreIn),
          run.attribution.tokens.map(({ score }) => score),
        );
      }
      const address = new URL(page.url()).searchParams;
      assert.deepEqual([address.get('track'), address.get('beside'), address.get('beside-track')], ['3', other, '0']);
    });
  });

  it('to a run whose model is replaced while it is shown has no figures of the new one added', async () => {
    const { server } = explorer;
    const id = await ask({ model: 'llama', prompt: { text: 'abc' } });
    await elsewhere(`?run=${encodeURIComponent(id)}`, async (page) => {
      await completed(page);
      const weights = join(server.models, 'llama/model.safetensors');
      const bytes = await readFile(weights);
      bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 1;
      await writeFile(`${weights}.new`, bytes);
      await rename(`${weights}.new`, weights);
      await page.getByRole('button', { name: 'Shares of all' }).click();
      await page.getByText('The model has been replaced since this run').first().waitFor();
    });
  });

  it('to a run of a model that is gone shows what was stored, says so, and asks nothing of another one', async () => {
    const { server } = explorer;
    const id = await ask({ model: 'llama', prompt: { text: 'abc' } });
    let figures: string[] = [];
    await elsewhere(`?run=${encodeURIComponent(id)}`, async (page) => {
      await completed(page);
      figures = await scores(page);
    });
    await rm(join(server.models, 'llama'), { recursive: true });
    const runs = await runCount();
    await elsewhere(`?run=${encodeURIComponent(id)}`, async (page) => {
      await page
        .getByText(/is gone, or another one now/)
        .first()
        .waitFor();
      await completed(page);
      // Its tokens are known by their ids alone.
      assert.deepEqual((await scores(page)).map(scoreIn), figures.map(scoreIn));
      assert.ok(figures.every((figure) => Number.isFinite(scoreIn(figure))));
    });
    assert.equal(await runCount(), runs);
  });

  it('to a run that was deleted leads nowhere', async () => {
    const id = await ask({ model: 'sample', prompt: { text: 'Deleted soon' } });
    await elsewhere(`?run=${encodeURIComponent(id)}`, (page) => completed(page));
    await explorer.server.client.request(DeleteRunDocument, { id });
    await elsewhere(`?run=${encodeURIComponent(id)}`, async (page) => {
      await page.getByRole('alert').getByText('There is no such run').waitFor();
    });
  });

  it('is copied by a button that says so', async () => {
    const { page } = explorer;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByRole('status').getByText('Copied').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
  });

  it('is opened without an error on the console', () => {
    assert.deepEqual(explorer.errors, []);
    assert.deepEqual(explorer.foreignRequests(), []);
  });
});

/** The audit's sentence is there, and what is followed is known. */
async function completed(page: Page): Promise<void> {
  await page.locator('.tokens .sum').first().waitFor({ timeout: patience });
  await page.waitForFunction(() => /track=|run=/.test(location.search));
}

function tokensShown(page: Page, count: number) {
  return page.waitForFunction((count) => document.querySelectorAll('.tokens [data-position]').length === count, count);
}

/** Of every token its exact figure, as it is said. */
function scores(page: Page): Promise<string[]> {
  return page.locator('.tokens [data-position]').evaluateAll(labels);
}

function labels(cells: Element[]): string[] {
  return cells.map((cell) => cell.getAttribute('aria-label') ?? '');
}

function scoreIn(label: string): number {
  const [, score = ''] = label.match(/score ([^ ]+) logits/) ?? [];
  return Number(score.replace('\u2212', '-') || Number.NaN);
}

function promptOf(page: Page): Promise<string> {
  return page.getByLabel('Prompt').first().inputValue();
}
