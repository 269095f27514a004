/**
 * Makes the pictures of the documentation: `npm run screenshots`. Each is of the page as a visitor has it, with the sample
 * model; `npm run screenshots -- heads` makes those whose names hold that.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { noBrowser, openExplorer } from '../support/explorer.ts';
import { smaller } from '../support/png.ts';

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));

const desktop = { width: 1280, height: 940 };
const phone = { width: 390, height: 844 };

interface Shot {
  /** Of the file, and what is chosen by. */
  readonly name: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly dark?: boolean;
  /** What a visitor does before. */
  readonly act?: (page: Page) => Promise<void>;
  /** The part of the page that is taken; otherwise what a visitor sees of it. */
  readonly part?: string;
}

const open = (name: string) => async (page: Page) => {
  await page.getByRole('tab', { name, exact: true }).click();
};

const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole('button', { name }).click();
};

const compare = async (page: Page) => {
  await page.getByLabel('Compare with').selectOption({ label: 'AttnLRP' });
  await page.locator('[data-audit="inexact"]').waitFor();
};

/** The head that carries most of ' Mary' to the last token: what it moves, and its arcs in the flow. */
const chooseHead = async (page: Page) => {
  await open('Heads')(page);
  await page.getByRole('gridcell', { name: /^Head 2\.2/ }).click();
  await page.getByRole('heading', { name: 'Head 2 of layer 2' }).waitFor();
  // What is pointed at has a frame of its own.
  await page.mouse.move(0, 0);
};

/** An answer of a sentence, of which the name is chosen that the prompt leaves open. */
const answer = async (page: Page) => {
  await page.getByLabel('Prompt', { exact: true }).fill('Then, Mary and John went to the');
  await page.getByRole('button', { name: 'Answer', exact: true }).click();
  await page.locator('.answer .status.ended').waitFor();
  await page
    .locator('.of-answer .cell')
    .filter({ hasText: /Mary|John/ })
    .last()
    .click();
  await page.mouse.move(0, 0);
};

/** Who is given something, asked of many names and places; then every head, and the one that moves most of the name. */
const experiment = async (page: Page) => {
  await press('Experiments')(page);
  await press('New experiment')(page);
  await page.getByLabel('Name', { exact: true }).fill('indirect objects');
  await page.getByLabel('Tags, with commas between').fill('heads, names');
  await page.getByLabel('What it is to find out').fill('Which heads move the name of who is given something?');
  await press('Make experiment')(page);
  await page.getByText(/^180 rows.*: about/).waitFor();
  await press('Start the sweep')(page);
  await page.getByText('completed in').waitFor();
  await open('Compare')(page);
  await page.getByLabel('Figure', { exact: true }).selectOption('heads');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByRole('gridcell', { name: /^Head 2\.2/ }).click();
  await page.locator('.one-head circle').first().waitFor();
  await page.mouse.move(0, 0);
};

/** Light, dark, and on a phone. */
const threefold = (shot: Shot): Shot[] => [
  shot,
  { ...shot, name: `${shot.name}-dark`, dark: true },
  { ...shot, name: `${shot.name}-phone`, viewport: { ...phone, ...(!shot.part && { height: 1500 }) } },
];

const shots: readonly Shot[] = [
  ...threefold({ name: 'overview' }),
  ...threefold({ name: 'comparison', act: compare }),
  ...threefold({ name: 'tokens', part: '.panel.tokens' }),
  ...threefold({ name: 'flow', part: '.panel.flow' }),
  ...['Lens', 'Heads', 'Neurons', 'Paths', 'Residual'].flatMap((title) =>
    threefold({ name: title.toLowerCase(), act: open(title), part: '.tabs' }),
  ),
  ...threefold({ name: 'answer', act: answer, part: 'main' }),
  { name: 'head', act: chooseHead, viewport: { width: 1280, height: 1290 } },
  { name: 'experiment', act: experiment, viewport: { width: 1280, height: 1130 } },
  { name: 'faithfulness', act: press(/^Faithfulness/), part: '.panel.tokens' },
  { name: 'runs', act: press('Runs') },
  { name: 'runs-phone', act: press('Runs'), viewport: phone },
];

const wanted = process.argv.slice(2);
const chosen = shots.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (noBrowser) throw new Error(noBrowser);
if (chosen.length === 0)
  throw new Error(`No picture is called that. There are ${shots.map(({ name }) => name).join(', ')}`);
await mkdir(folder, { recursive: true });
for (const { name, viewport = desktop, dark = false, act, part } of chosen) {
  await using explorer = await openExplorer({
    context: { viewport, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', deviceScaleFactor: 1 },
  });
  const { page } = explorer;
  await page.locator('.flow .status.ended').waitFor();
  await page.locator('.flow .moves').waitFor();
  await act?.(page);
  await page.waitForLoadState('networkidle');
  // What is asked for by then is drawn.
  await page.waitForTimeout(1500);
  const taken = await (part ? page.locator(part).screenshot() : page.screenshot());
  await writeFile(`${folder}${name}.png`, smaller(taken));
  console.log(`docs/images/${name}.png`);
}
process.exit();
