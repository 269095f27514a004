/**
 * Makes the pictures of the documentation: `npm run screenshots`. Each is of the page as a visitor has it, with the sample
 * model; `npm run screenshots -- heads` makes those whose names hold that.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { noBrowser, openExplorer } from '../support/explorer.ts';

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));

const desktop = { width: 1280, height: 860 };
const phone = { width: 390, height: 844 };

interface Shot {
  /** Of the file, and what is chosen by. */
  readonly name: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly dark?: boolean;
  /** What a visitor does before. */
  readonly act?: (page: Page) => Promise<void>;
}

const tab = (name: string) => async (page: Page) => {
  await page.getByRole('tab', { name, exact: true }).click();
};

const shots: readonly Shot[] = [
  { name: 'overview' },
  { name: 'overview-dark', dark: true },
  { name: 'overview-phone', viewport: phone },
  ...['Lens', 'Heads', 'Neurons', 'Paths', 'Residual'].flatMap((title) => [
    { name: title.toLowerCase(), act: tab(title) },
    { name: `${title.toLowerCase()}-dark`, dark: true, act: tab(title) },
    { name: `${title.toLowerCase()}-phone`, viewport: phone, act: tab(title) },
  ]),
];

const wanted = process.argv.slice(2);
const chosen = shots.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (noBrowser) throw new Error(noBrowser);
if (chosen.length === 0)
  throw new Error(`No picture is called that. There are ${shots.map(({ name }) => name).join(', ')}`);
await mkdir(folder, { recursive: true });
for (const { name, viewport = desktop, dark = false, act } of chosen) {
  await using explorer = await openExplorer({
    context: { viewport, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', deviceScaleFactor: 1 },
  });
  const { page } = explorer;
  await act?.(page);
  await page.waitForLoadState('networkidle');
  // What is asked for by then is drawn.
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `${folder}${name}.png`, fullPage: viewport === phone });
  console.log(`docs/images/${name}.png`);
}
process.exit();
