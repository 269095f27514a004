/** What stands in a prompt is text, whatever stands in it, and nobody else is told of it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { RunDocument, type TokenPartsFragment } from '../../src/client/generated/graphql.ts';
import { plain, quoted, visible } from '../../src/explorer/format/token.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';

const text = [
  '<script>window.broken = 1</script><img src=x onerror="window.broken = 2">',
  `<svg onload=alert(1)><a href="javascript:window.broken = 3">'"]]>&lt;\${broken}</a></svg>`,
  '\u202eabc\u2066 \u0007\u001b[31m שלום is',
].join('\n');

interface Watched {
  broken?: unknown;
  refused?: string[];
}

describe('a prompt with HTML, scripts and control characters in it', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  let tokens: readonly TokenPartsFragment[];
  before(async () => {
    explorer = await openExplorer({ path: '/?run=none' });
    ({ page } = explorer);
    await page.addInitScript(() => {
      const refused: string[] = [];
      (window as Watched).refused = refused;
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        refused.push(`${violatedDirective} ${blockedURI}`),
      );
    });
    await page.goto(explorer.url);
    await page.locator('.tokens .sum').waitFor();
    await page.getByLabel('Prompt', { exact: true }).fill(text);
    await page.getByRole('button', { name: 'Clear: Token that is explained' }).click();
    await page.getByRole('button', { name: 'Clear: Token that it is contrasted with' }).click();
    const before = new URL(page.url()).searchParams.get('run');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.waitForURL((url) => url.searchParams.get('run') !== before && url.searchParams.has('track'));
    await page.locator('.tokens .sum').waitFor();
    await page.locator('.flow .status.ended').waitFor();
    const id = new URL(page.url()).searchParams.get('run') ?? '';
    const { run } = await explorer.server.client.request(RunDocument, { id });
    assert.equal(run?.input.prompt.text, text);
    tokens = run.input.prompt.tokens;
  });
  after(() => explorer?.[Symbol.asyncDispose]());

  /** Of what the page has made of it; `broken` and `script` are tokens, or parts of some. */
  const isText = async (where: string) => {
    const found = await page.evaluate(() => ({
      elements: [...document.querySelectorAll('body :is(script, img, iframe, object, [onload], [onerror])')].map(
        ({ outerHTML }) => outerHTML,
      ),
      links: [...document.querySelectorAll('a')].map((link) => link.getAttribute('href')),
      turning: /[\p{Bidi_Control}]/u.exec(document.body.innerText)?.index,
      broken: (window as Watched).broken,
      refused: (window as Watched).refused,
    }));
    const nothing = { elements: [], links: ['/graphql'], turning: undefined, broken: undefined, refused: [] };
    assert.deepEqual(found, nothing, where);
    assert.equal(await page.title(), 'Tributary');
  };

  const texts = (selector: string) => page.locator(selector).allTextContents();

  it('is text in the prompt, among its tokens, and in sentences', async () => {
    assert.deepEqual(await texts('.token-strip [role=option] .token-text'), tokens.map(visible));
    assert.deepEqual(await texts('.tokens .cell .token-text'), tokens.map(visible));
    await isText('tokens');
  });

  it('is text in the flow', async () => {
    const cells = await page
      .locator('.flow td[data-row="4"]')
      .evaluateAll((all) => all.map((cell) => [Number((cell as HTMLElement).dataset.position), cell.textContent]));
    assert.ok(cells.length > 8);
    for (const [position, said] of cells as [number, string][])
      assert.ok(said.startsWith(quoted(tokens[position] as TokenPartsFragment)), said);
    assert.match((await page.locator('.flow .caption').textContent()) ?? '', /After layer 3/);
    await isText('flow');
  });

  for (const [name, there] of [
    ['Lens', '.lens [role=grid] td[data-token]'],
    ['Heads', '.heads [role=gridcell]'],
    ['Neurons', '.neurons tbody tr'],
    ['Paths', '.paths tbody tr'],
    ['Residual', '.residual tbody tr'],
  ] as const)
    it(`is text at ${name}`, async () => {
      await page.getByRole('tab', { name, exact: true }).click();
      await page.locator(there).first().waitFor();
      if (name === 'Heads') {
        await page.locator(there).first().click();
        await page
          .getByText(/ reads /)
          .first()
          .waitFor();
      }
      await isText(name);
    });

  it('is text where a token is looked for', async () => {
    await page.getByRole('tab', { name: 'Lens', exact: true }).click();
    await page.getByLabel('another token').fill('<img src=x onerror="broken=4">');
    await page.getByRole('button', { name: 'Follow', exact: true }).click();
    await page.locator('.lens [role=alert]').filter({ hasText: '<img src=x' }).waitFor();
    const target = page.getByRole('combobox', { name: 'Token that is explained' });
    await target.fill('<script>broken</script>');
    await page.getByText("'<script>broken</script>' is no single token").waitFor();
    await target.press('Escape');
    await isText('targets');
  });

  it('is text in the list of runs', async () => {
    await page.getByRole('button', { name: 'Runs', exact: true }).click();
    await page
      .locator('.run-list .of', { hasText: /^<script>window\.broken/ })
      .first()
      .waitFor();
    await isText('runs');
    await page.keyboard.press('Escape');
  });

  it('is text beside another method', async () => {
    await page.getByLabel('Compare with').selectOption('GRADIENT');
    await page.waitForFunction(() => document.querySelectorAll('.comparison .sum').length === 2);
    await isText('comparison');
    await page.getByRole('button', { name: 'Close Gradient × input' }).click();
    await page.locator('.tokens .sum').waitFor();
  });

  it('is text in the pictures that are taken along', async () => {
    for (const [name, part] of [
      ['tokens', '<'],
      ['flow', '<'],
      ['lens', '·is'],
    ] as const) {
      await page.getByRole('button', { name: `Take ${name} along` }).click();
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: 'Download SVG' }).click(),
      ]);
      const svg = await readFile(await file.path(), 'utf8');
      const read = await page.evaluate((source) => {
        const { documentElement: root } = new DOMParser().parseFromString(source, 'image/svg+xml');
        const all = [root, ...root.querySelectorAll('*')];
        return {
          names: [...new Set(all.map(({ nodeName }) => nodeName))],
          handlers: all.flatMap((one) => [...one.attributes]).filter((one) => /^on|href$/i.test(one.name)).length,
          texts: [...root.querySelectorAll('text')].map(({ textContent }) => textContent),
        };
      }, svg);
      assert.deepEqual(
        read.names.filter((node) => !['svg', 'rect', 'path', 'circle', 'text'].includes(node)),
        [],
        name,
      );
      assert.equal(read.handlers, 0);
      assert.ok(
        read.texts.some((one) => one?.includes(part)),
        `${name} has no token of it`,
      );
      assert.doesNotMatch(read.texts.join(''), /\p{Bidi_Control}/u);
    }
    await isText('pictures');
  });

  it('is text in an address', async () => {
    const asked = encodeURIComponent('<img src=x onerror="window.broken=5">');
    await page.goto(`${explorer.url}?run=${asked}&view=${asked}&track=${asked}&beside=${asked}`);
    await page.getByRole('alert').getByText('There is no such run').waitFor();
    await isText('address');
  });

  it('is told to nobody but the server, without an error', () => {
    assert.equal(plain(text).includes('⟨U+202E⟩'), true);
    assert.deepEqual([explorer.errors, explorer.foreignRequests()], [[], []]);
  });
});
