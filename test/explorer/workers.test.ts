/** The workers, in a real browser. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { LogitAttributionDocument } from '../../src/client/generated/graphql.ts';
import { violations } from '../support/axe.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';

describe('The workers', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  let list: Locator;
  before(async () => {
    explorer = await openExplorer();
    page = explorer.page;
    await page.locator('.tokens .sum').first().waitFor();
    await page.getByRole('button', { name: 'Workers' }).click();
    list = page.getByRole('dialog', { name: 'Workers' });
    await list.getByRole('listitem').waitFor();
  });
  after(() => explorer[Symbol.asyncDispose]());

  const model = (name: string) =>
    list.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });

  it('are the server, with its places, its memory, and which models it has loaded', async () => {
    const worker = list.getByRole('listitem', { name: hostname() });
    await worker.getByText('idle').waitFor();
    await worker
      .getByText(/^0 B of \d|^\d.* of \d/)
      .first()
      .waitFor();
    await worker.getByText(/started just now|started \d+ min ago/).waitFor();
    await model('sample')
      .getByText(/^ready, (lean|packed)$/)
      .waitFor();
    await model('llama').getByText('not loaded').waitFor();
    const meter = list.getByRole('meter', { name: `Memory of ${hostname()}` });
    const [value, most] = await meter.evaluate((bar: HTMLMeterElement) => [bar.value, bar.max]);
    assert.ok(value !== undefined && most !== undefined && value >= 0 && value <= most && most > 1e6);
  });

  it('change as they load a model, whoever has asked for it', async () => {
    await explorer.server.client.request(LogitAttributionDocument, {
      input: { model: 'llama', prompt: { tokenIds: [1, 2, 3] } },
    });
    await model('llama')
      .getByText(/^ready/)
      .waitFor();
    await list.getByText('idle').waitFor();
  });

  for (const scheme of ['light', 'dark'] as const)
    it(`can be read by all, ${scheme}`, async () => {
      await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), scheme);
      assert.deepEqual(await violations(page), []);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/workers-${scheme}.png` });
    });

  it('make way for the runs, and come back, by keys; Escape gives the focus back', async () => {
    assert.equal(await list.evaluate((drawer) => drawer.contains(document.activeElement)), true);
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Workers');
    await page.keyboard.press('Enter');
    await list.waitFor();
    await page.getByRole('button', { name: 'Runs' }).press('Enter');
    await page.getByRole('dialog', { name: 'Runs' }).waitFor();
    assert.equal(await list.count(), 0);
    await page.keyboard.press('Escape');
    assert.deepEqual(explorer.errors, []);
  });
});
