/** The list of runs, in a real browser. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { RunDocument, RunsDocument, StartLogitAttributionDocument } from '../../src/client/generated/graphql.ts';
import { anybody } from '../../src/principal.ts';
import { violations } from '../support/axe.ts';
import { eventually } from '../support/eventually.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';
import { queryData } from '../support/post-query.ts';

const html = '<img src=x onerror="document.title=1"><script>document.title = 1</script> is';

describe('The list of runs', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  let list: Locator;
  before(async () => {
    explorer = await openExplorer();
    page = explorer.page;
    await page.locator('.tokens .sum').first().waitFor();
    await page.getByRole('button', { name: 'Runs' }).click();
    list = page.getByRole('dialog', { name: 'Runs' });
    await rows().first().waitFor();
  });
  after(() => explorer[Symbol.asyncDispose]());

  const rows = () => list.getByRole('listitem');
  const row = (text: string) => rows().filter({ hasText: text });

  const ask = async (text: string, method: 'FROZEN' | 'OCCLUSION' = 'FROZEN') => {
    const { startLogitAttribution: started } = await explorer.server.client.request(StartLogitAttributionDocument, {
      input: { model: 'sample', prompt: { text }, method },
    });
    assert.ok('run' in started, JSON.stringify(started));
    return started.run.id;
  };

  it('takes the focus, and gives it back when Escape closes it', async () => {
    assert.equal(await list.evaluate((drawer) => drawer === document.activeElement), true);
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Runs');
    await page.keyboard.press('Enter');
    await rows().first().waitFor();
  });

  it('has the run that is shown, and the way of its tokens, as the server has them', async () => {
    const { runs } = await explorer.server.client.request(RunsDocument, { first: 100 });
    const ids = runs?.edges.map(({ node }) => node.id);
    const shown = await rows().evaluateAll((items) => items.map((item) => item.getAttribute('data-run')));
    assert.deepEqual(shown, ids);
    assert.equal(await list.locator('[aria-current="true"]').count(), 2);
    assert.match(await row('Frozen attribution').innerText(), /why ' Mary' rather than ' John'/);
    assert.match(await row('Circulation').innerText(), /follows ' \w+'/);
  });

  it('has a run at once that somebody else has asked for, and shows its prompt as text, whatever stands in it', async () => {
    await ask(html);
    const other = row('onerror');
    await other.getByText('completed').waitFor();
    assert.match(await other.locator('.of').innerText(), /^<img src=x .* … .*<\/script> is$/);
    assert.equal(await other.locator('.of').getAttribute('title'), html);
    assert.equal(await list.locator('img, script').count(), 0);
    assert.equal(await page.title(), 'Tributary');
    assert.equal(await rows().first().getAttribute('data-run'), await other.getAttribute('data-run'));
  });

  it('tells how far a run is that is under way, and cancels it', async () => {
    const { queue } = explorer.server;
    queue.watched = ['attribution'];
    queue.holdBefore = 3;
    await ask('A run that is held');
    const held = row('A run that is held');
    await held.locator('progress').waitFor();
    await page.waitForFunction(
      () => (document.querySelector<HTMLProgressElement>('.run-list progress')?.value ?? 0) > 0.3,
    );
    await held.getByRole('button', { name: 'Cancel' }).click();
    queue.holdBefore = -1;
    queue.lastGate?.release();
    await held.getByText('cancelled').waitFor();
  });

  it('is filtered by the server, list and changes alike', async () => {
    await ask('The capital of France is', 'OCCLUSION');
    await row('Occlusion').waitFor();
    await list.getByLabel('Method').selectOption('OCCLUSION');
    await page.waitForFunction(() => document.querySelectorAll('.run-list li').length === 1);
    await ask('Not by this method');
    await ask('The capital of Spain is', 'OCCLUSION');
    await row('Spain').waitFor();
    assert.equal(await rows().count(), 2);
    await list.getByLabel('Text of the prompt').fill('fRANCE');
    await row('Spain').waitFor({ state: 'detached' });
    await row('France').waitFor();
    assert.equal(await rows().count(), 1);
    await list.getByLabel('Text of the prompt').fill('nowhere');
    await list.getByText('No run is like that').waitFor();
    await list.getByRole('button', { name: 'Show all runs' }).click();
    await row('Not by this method').waitFor();
    assert.equal(await list.getByLabel('Text of the prompt').inputValue(), '');
  });

  it('opens a run in the place of what is shown, and another one beside it', async () => {
    const france = row('France').filter({ hasText: 'Occlusion' }).locator('.run');
    await france.click();
    await page.waitForFunction(() => document.querySelectorAll('.tokens [data-position]').length === 5);
    assert.equal(await page.getByLabel('Prompt').first().inputValue(), 'The capital of France is');
    assert.equal(await france.getAttribute('aria-current'), 'true');
    const spain = row('Spain').filter({ hasText: 'Occlusion' });
    const id = await spain.getAttribute('data-run');
    await spain.getByRole('button', { name: 'Open beside' }).click();
    await page.getByRole('heading', { name: 'Tokens, side by side' }).waitFor();
    await page.waitForURL(/beside=/);
    assert.equal(new URL(page.url()).searchParams.get('beside'), id);
    await page.goBack();
    await page.getByRole('heading', { name: 'Tokens, by' }).waitFor();
  });

  it('deletes a run when it is asked to twice, and says that it is the one that is shown', async () => {
    const shown = () => row('France').filter({ hasText: 'Occlusion' });
    const id = (await shown().getAttribute('data-run')) as string;
    await shown().getByRole('button', { name: 'Delete' }).click();
    await shown().getByText('It is the one shown').waitFor();
    await page.keyboard.press('Enter');
    assert.ok((await explorer.server.client.request(RunDocument, { id })).run, 'Enter keeps it');
    await shown().getByRole('button', { name: 'Delete' }).click();
    await shown().getByRole('button', { name: 'Delete' }).click();
    await shown().waitFor({ state: 'detached' });
    await page.getByText('This run was deleted').waitFor();
    assert.equal((await explorer.server.client.request(RunDocument, { id })).run, null);
  });

  it('is walked through by arrow keys', async () => {
    const names = () => rows().evaluateAll((items) => items.map((item) => item.getAttribute('data-run')));
    const focused = () => page.evaluate(() => document.activeElement?.closest('li')?.dataset.run);
    const [first, second] = await names();
    await rows().first().locator('.run').focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), second);
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(), first);
  });

  it('has nothing that axe-core finds fault with', async () => {
    assert.deepEqual(await violations(page, '.run-list'), []);
  });

  it('of many runs draws those in sight, and reads on as it is scrolled', async () => {
    // More than a page.
    for (let number = 0; number < 60; number++) await ask(`Number ${number}`);
    await list.getByLabel('Text of the prompt').fill('Number');
    await page.waitForFunction(() => /Number/.test(document.querySelector('.run-list li .of')?.textContent ?? ''));
    const seen = new Set<string>();
    const look = async () => {
      const drawn = await rows().evaluateAll((items) => items.map((item) => (item as HTMLElement).dataset.run ?? ''));
      assert.ok(drawn.length < 25, `${drawn.length} rows are drawn`);
      for (const id of drawn) seen.add(id);
    };
    for (let step = 0; step < 60 && seen.size < 60; step++) {
      await look();
      await list.locator('.rows').evaluate((box) => box.scrollBy(0, 400));
      await page.waitForTimeout(50);
    }
    assert.equal(seen.size, 60);
  });

  it('is used without an error on the console', () => {
    assert.deepEqual(explorer.errors, []);
  });
});

describe('What whoever asks has in use', { skip: noBrowser }, () => {
  it('stands below the list of runs where the server asks who one is', async () => {
    const principalOf = () => ({ ...anybody, key: 'ada', name: "Ada's key", limits: { sockets: 3 } });
    await using explorer = await openExplorer({ principalOf });
    const { page, server } = explorer;
    // The page's own, which it opens as it begins.
    const sockets = () => queryData<{ me: { sockets: { used: number } } }>(server.url, '{ me { sockets { used } } }');
    await eventually(async () => (await sockets()).me.sockets.used === 1);
    await page.getByRole('button', { name: 'Runs' }).click();
    const you = page.getByRole('region', { name: 'You' });
    await you.getByText("Ada's key").waitFor();
    assert.match((await you.textContent()) ?? '', /WebSockets1 of 3/);
    assert.deepEqual(await violations(page), []);
  });

  it('is not there where it asks nobody', async () => {
    await using explorer = await openExplorer();
    const { page } = explorer;
    await page.getByRole('button', { name: 'Runs' }).click();
    await page.getByRole('dialog', { name: 'Runs' }).getByRole('listitem').first().waitFor();
    assert.equal(await page.getByRole('region', { name: 'You' }).count(), 0);
  });
});
