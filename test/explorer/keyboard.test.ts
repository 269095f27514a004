/** The way of a visitor through the page without a pointer. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { StartLogitAttributionDocument } from '../../src/client/generated/graphql.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';

/** Steps of the tab key from one end of the page to the other, and some. */
const most = 120;

const prompt = 'The capital of France is';

describe('the page by keyboard alone', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  let other: string;
  before(async () => {
    explorer = await openExplorer();
    ({ page } = explorer);
    await page.locator('.flow .status.ended').waitFor();
    const { startLogitAttribution: started } = await explorer.server.client.request(StartLogitAttributionDocument, {
      input: { model: 'sample', prompt: { text: 'Once upon a' } },
    });
    assert.ok('run' in started);
    other = started.run.id;
  });
  after(() => explorer?.[Symbol.asyncDispose]());

  /** After each key the focus is somewhere, and is seen there. */
  const press = async (...keys: string[]) => {
    for (const key of keys) {
      await page.keyboard.press(key);
      const lost = await page.evaluate(unseen);
      assert.equal(lost, undefined, `after ${key}`);
    }
  };

  /** From where the focus is, in the order of the page. @param back the other way */
  const tabTo = async (selector: string, back = false) => {
    const passed: string[] = [];
    for (let step = 0; step < most; step++) {
      await press(back ? 'Shift+Tab' : 'Tab');
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
      passed.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 80) ?? ''));
    }
    assert.fail(`${selector} is not reached: ${passed.join('\n')}`);
  };

  const address = (name: string, value: string | undefined) =>
    page.waitForURL((url) => (url.searchParams.get(name) ?? undefined) === value);

  it('begins at the top, and goes on in the order of the page', async () => {
    await page.keyboard.press('Tab');
    const order = await page.evaluate(() => {
      const { top = -1 } = document.activeElement?.getBoundingClientRect() ?? {};
      return {
        top,
        odd: [...document.querySelectorAll('[tabindex]')].filter((one) => (one as HTMLElement).tabIndex > 0).length,
      };
    });
    assert.ok(order.top >= 0 && order.top < 60, `${order.top}`);
    assert.equal(order.odd, 0);
  });

  it('asks a question of one’s own', async () => {
    await tabTo('textarea');
    await press('Control+a');
    await page.keyboard.type(prompt);
    await page.waitForFunction(() => document.querySelectorAll('.token-strip [role=option]').length === 5);
    await tabTo('[data-field="target.token"]');
    await press('ArrowDown');
    const options = page.locator('.combobox [role=option]');
    await options.nth(1).waitFor();
    await press('ArrowDown', 'ArrowDown');
    const chosen = await options.nth(1).locator('.token-text').textContent();
    await press('Enter');
    assert.equal(await page.locator('[data-field="target.token"]').inputValue(), chosen);
    await tabTo('[data-field="target.against"]');
    await press('Control+a', 'Delete', 'Enter');
    assert.equal(await page.locator('[data-field="target.against"]').inputValue(), '');
    await tabTo('.explain button[type=submit]', true);
    await press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('.tokens [data-position]').length === 5);
    await page.locator('.tokens .sum').waitFor();
    await page.locator('.flow .status.ended').waitFor();
  });

  it('takes the figures of the tokens along', async () => {
    await tabTo('[aria-label="Take tokens along"]');
    await press('Enter');
    await page.getByRole('menu').waitFor();
    const saved = page.waitForEvent('download');
    for (let step = 0; step < most; step++) {
      const label = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
      if (/^Download CSV/.test(label)) break;
      await press('ArrowDown', ...(label.startsWith('Copy') ? ['ArrowRight'] : []));
    }
    await press('Enter');
    const file = await saved;
    assert.match(await readFile(await file.path(), 'utf8'), / France/);
    assert.equal(await page.evaluate(() => document.activeElement?.ariaLabel), 'Take tokens along');
  });

  it('walks the tokens, and pins one', async () => {
    await tabTo('.tokens [role=option]');
    await press('Home', 'ArrowRight', 'ArrowRight', 'Enter');
    await address('position', '2');
  });

  it('walks the picture of the flow, and pins a place', async () => {
    await tabTo('.flow [role=grid]');
    await press('End', 'ArrowLeft', 'PageDown', 'ArrowUp', 'ArrowUp', 'Enter');
    await address('layer', '1');
    await address('position', '3');
  });

  it('opens a view, and a head in it', async () => {
    await tabTo('[role=tab]');
    await press('ArrowRight');
    await page.locator('.heads [role=gridcell]').first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Heads');
    await tabTo('.heads [role=gridcell]');
    await press('ArrowRight', 'Enter');
    await page.waitForURL(/head=\d/);
    for (const tab of ['Neurons', 'Paths', 'Residual']) {
      await tabTo('[role=tab]', true);
      await press('ArrowRight');
      await page.getByRole('tab', { name: tab, selected: true }).waitFor();
      await page.locator(`.${tab.toLowerCase()} tbody [data-handle][tabindex="0"]`).first().waitFor();
      await tabTo('tbody [data-handle]');
      await press('ArrowDown', 'ArrowUp');
    }
  });

  it('lets go of what was pinned, and stays where it is', async () => {
    const before = await page.evaluateHandle(() => document.activeElement);
    await press('Escape');
    for (const part of ['position', 'layer', 'head']) await address(part, undefined);
    assert.ok(await before.evaluate((element) => element === document.activeElement));
  });

  it('opens the list of runs, another run, and comes back', async () => {
    await tabTo('.bar button[aria-expanded]:not(.popover button)', true);
    await press('Enter');
    await page.locator(`[data-run="${other}"]`).waitFor();
    await tabTo('.run-list .run');
    for (let step = 0; step < most; step++) {
      const at = await page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-run]')?.dataset.run);
      if (at === other) break;
      await press('ArrowDown');
    }
    await press('Enter');
    await address('run', other);
    await page.waitForFunction(() => document.querySelectorAll('.tokens [data-position]').length === 3);
    assert.equal(await page.evaluate(unseen), undefined);
    await press('Escape');
    await page.locator('.run-list').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Runs');
  });

  it('keeps the focus near what it takes away', async () => {
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('data-field') ?? document.activeElement?.className);
    await tabTo('[data-field="target.token"]');
    await press('ArrowDown');
    await page.locator('.combobox [role=option]').nth(1).waitFor();
    await press('ArrowDown', 'Enter', 'Tab', 'Enter');
    await page.locator('[aria-label="Clear: Token that is explained"]').waitFor({ state: 'detached' });
    assert.equal(await focused(), 'target.token');
    await tabTo('.flow .release');
    await press('Enter');
    await page.locator('.flow .release').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(unseen), undefined);
    await tabTo('.bar button[aria-expanded]:not(.popover button)', true);
    await press('Enter');
    await page.locator('.run-list .run').first().waitFor();
    await tabTo('.run-list .actions button:last-child');
    await press('Enter', 'Enter');
    // Asked whether to delete it, it is kept.
    assert.equal(await focused(), 'run');
    await press('Escape');
  });

  it('opens and leaves what pops up', async () => {
    await tabTo('.bar .popover > button', true);
    await press('Enter');
    await page.getByRole('radio', { name: 'sample' }).waitFor();
    await press('Escape');
    assert.equal(await page.getByRole('radio').count(), 0);
    await tabTo('[data-field="target.position"]');
    await press('Enter');
    await page.locator('.token-strip [role=option]:focus').waitFor();
    await press('Home', 'Enter', 'Control+Enter');
    await page.waitForURL((url) => ![null, other].includes(url.searchParams.get('run')));
    await page.locator('.tokens .sum').waitFor();
    assert.equal(await page.evaluate(unseen), undefined);
    assert.deepEqual(explorer.errors, []);
  });
});

/** Why nobody sees where the focus is; undefined where one does. A grid shows its active cell on its own. */
function unseen(): string | undefined {
  const { activeElement: at, body } = document;
  if (!at || at === body) return 'the focus is lost';
  const isOutlined = (element: Element | null) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element ?? body);
    return outlineStyle !== 'none' && outlineWidth !== '0px';
  };
  const { width, height } = at.getBoundingClientRect();
  if (width === 0 || height === 0) return `it is nowhere: ${at.outerHTML.slice(0, 200)}`;
  if (isOutlined(at) || isOutlined(at.parentElement)) return undefined;
  return `it is not marked: ${at.outerHTML.slice(0, 200)}`;
}
