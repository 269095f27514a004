/** The page for everyone: what axe-core finds, what fits on a phone, and what may move. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { violations } from '../support/axe.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';

const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

describe('the page for everyone', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  before(async () => {
    explorer = await openExplorer({ context: { reducedMotion: 'reduce' } });
    ({ page } = explorer);
    await explained(page);
    await page.locator('.lens [role=grid]').waitFor();
  });
  after(() => explorer?.[Symbol.asyncDispose]());

  /** On a desk in daylight, and on a phone in the dark. */
  const isOpen = async (label: string) => {
    for (const [scheme, size] of [
      ['light', desktop],
      ['dark', phone],
    ] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize(size);
      await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, scheme);
      await drawn(page);
      const where = `${label}, ${scheme}, ${size.width} pixels`;
      assert.deepEqual(await violations(page), [], where);
      assert.deepEqual(await page.evaluate(tooWide), [], `${where}: the page scrolls sideways`);
      assert.equal(await page.evaluate(() => document.getAnimations().length), 0, `${where}: something moves`);
    }
    await page.setViewportSize(desktop);
  };

  const tab = (name: string) => page.getByRole('tab', { name, exact: true }).click();

  it('is open at first', () => isOpen('first screen'));

  it('is open with everything beside the tokens', async () => {
    await page.getByRole('button', { name: 'Bars' }).click();
    await page.getByRole('button', { name: 'Shares of all' }).click();
    await page.locator('.tokens [data-position="0"][aria-label*="%"]').waitFor();
    await isOpen('bars');
    await page.getByRole('button', { name: 'Bars' }).click();
    await page.getByRole('button', { name: 'Scores' }).click();
  });

  for (const [name, there] of [
    ['Heads', '.heads [role=grid]'],
    ['Neurons', '.neurons tbody tr'],
    ['Paths', '.paths tbody tr'],
    ['Residual', '.residual tbody tr'],
  ] as const)
    it(`is open at ${name}`, async () => {
      await tab(name);
      await page.locator(there).first().waitFor();
      await isOpen(name);
    });

  it('is open at one head, with what is known of it', async () => {
    await tab('Heads');
    await page.locator('.heads [role=gridcell]').first().click();
    await page.getByRole('heading', { name: /Head \d of layer \d/ }).waitFor();
    await isOpen('a head');
    await page.keyboard.press('Escape');
  });

  it('is open with the menus open', async () => {
    await page.getByRole('button', { name: /^Model/ }).click();
    await page.getByRole('radio', { name: 'sample' }).waitFor();
    await isOpen('model picker');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Method and options/ }).click();
    await isOpen('methods');
    await page.keyboard.press('Escape');
    const target = page.getByRole('combobox', { name: 'Token that is explained' });
    await target.click();
    await page.locator('.combobox [role=option]').nth(19).waitFor();
    await target.press('ArrowDown');
    await isOpen('target');
    await target.press('Escape');
    await page.getByRole('button', { name: 'Take tokens along' }).click();
    await page.getByRole('menu').waitFor();
    await isOpen('takeaway');
    await page.keyboard.press('Escape');
  });

  it('is open with the list of runs', async () => {
    await page.getByRole('button', { name: 'Runs', exact: true }).click();
    await page.getByRole('dialog', { name: 'Runs' }).getByRole('listitem').first().waitFor();
    await isOpen('runs');
    await page.keyboard.press('Escape');
  });

  it('is open with two methods side by side', async () => {
    await page.getByLabel('Compare with').selectOption({ label: 'Occlusion' });
    await page.waitForFunction(() => document.querySelectorAll('.comparison .sum').length === 2);
    await page.waitForFunction(() => document.querySelectorAll('.flow .status.ended').length === 2);
    await isOpen('comparison');
    await page.getByRole('button', { name: 'Close Occlusion' }).click();
  });

  it('is open where a question is refused', async () => {
    await page.getByRole('button', { name: /^Method and options/ }).click();
    await page.getByRole('radio', { name: 'Integrated gradients' }).click();
    await page.locator('[data-field="options.steps"]').fill('900');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.locator('main > [role=alert]').getByText('`steps` is a whole number').waitFor();
    await isOpen('refused');
  });

  it('is open where a link leads nowhere', async () => {
    await page.goto(`${explorer.url}?run=none`);
    await page.getByRole('alert').getByText('There is no such run').waitFor();
    await isOpen('failed link');
  });
});

/** What was asked is there, with the way of its tokens and the moves that matter. */
async function explained(page: Page): Promise<void> {
  await page.locator('.tokens .sum').waitFor();
  await page.locator('.flow .status.ended').waitFor();
  await page.getByText(/\d+ moves are drawn/).waitFor();
}

/** What follows from a new size or theme is drawn in the frame after the next. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

/** Which elements make the page itself scroll sideways, the innermost ones. */
function tooWide(): string[] {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const isClipped = (element: Element) => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== 'visible') return true;
    return false;
  };
  const wide = [...document.querySelectorAll('body *')].filter(
    (element) => element.getBoundingClientRect().right > clientWidth && !isClipped(element),
  );
  const innermost = wide.filter((element) => !wide.some((other) => other !== element && element.contains(other)));
  return [`${scrollWidth} pixels`, ...innermost.map((element) => element.outerHTML.slice(0, 200))];
}
