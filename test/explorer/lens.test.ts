/** The lens in a browser: every figure that it shows is the API's. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { LensDocument, type LensQuery } from '../../src/client/generated/graphql.ts';
import { exact } from '../../src/explorer/format/number.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';

const prompt = { text: 'When Mary and John went to the store, John gave a drink to' };
const target = 13;
type Lens = Extract<NonNullable<LensQuery['lens']>, { __typename: 'Lens' }>;

describe('the lens in a browser', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  let page: Page;
  let lens: Lens;

  before(async () => {
    explorer = await openExplorer({ path: '/?view=lens' });
    ({ page } = explorer);
    lens = await ask([...Array(target + 1).keys()]);
  });
  after(() => explorer[Symbol.asyncDispose]());

  it('has at every depth and position the first choice and its probability', async () => {
    await page.locator(`td[data-cell="embedding:${target}"][data-token]`).waitFor();
    const cells = await cellsShown();
    assert.ok(cells.length >= 5 * 5, `${cells.length} cells`);
    for (const { cell, token, probability } of cells) {
      const [first] = readingOf(cell).top ?? [];
      assert.deepEqual([token, probability], [first?.token.text, String(first?.probability)], cell);
    }
  });

  it('says where the target becomes the first choice', async () => {
    const [before, after] = [1, 2].map((layer) => readingOf(`${layer}:${target}`).tokens[0]);
    const caption = await page.locator('.lens .caption').innerText();
    assert.equal(after?.rank, 1);
    assert.ok(
      caption.startsWith(
        `' Mary' becomes the first choice after layer 2 (${Math.round((after?.probability ?? 0) * 100)} %)`,
      ),
      caption,
    );
    assert.ok(caption.includes(`after layer 1 it is ${before?.rank}th`), caption);
  });

  it('lists the likeliest tokens of the cell that is pointed at, with the target among them, and its entropy', async () => {
    for (const cell of [`1:${target}`, 'embedding:12']) {
      await page.locator(`[data-cell="${cell}"]`).hover();
      await page
        .locator('.reading h3', { hasText: cell.startsWith('1') ? 'After layer 1' : 'Before layer 0' })
        .waitFor();
      const { top, tokens, entropy } = readingOf(cell);
      const rows = await page
        .locator('.reading tr')
        .evaluateAll((found) => found.map((row) => [row.dataset.rank, row.dataset.probability]));
      const expected = [...(top ?? []), ...tokens.filter(({ rank }) => rank > 5)];
      assert.deepEqual(
        rows,
        expected.map(({ rank, probability }) => [String(rank), String(probability)]),
      );
      assert.equal(await page.locator('.reading [data-entropy]').getAttribute('data-entropy'), String(entropy));
    }
    await page.mouse.move(0, 0);
  });

  it('draws the ranks of the target and what it is contrasted with, and of a further token', async () => {
    await page.getByLabel('another token').fill(' Ben');
    await page.getByRole('button', { name: 'Follow', exact: true }).click();
    await page.locator('.through-depth .zone[title*="Ben"]').first().waitFor();
    const titles = await page
      .locator('.through-depth .zone')
      .evaluateAll((zones) => zones.map((zone) => (zone as HTMLElement).title));
    const ben = await ask([target], [{ text: ' Ben' }]);
    const depths = [lens.embedding, ...lens.layers.map(({ afterBlock }) => afterBlock)];
    const others = [ben.embedding, ...ben.layers.map(({ afterBlock }) => afterBlock)];
    for (const [index, title] of titles.entries()) {
      const figures = [...(depths[index]?.[target]?.tokens ?? []), ...(others[index]?.[0]?.tokens ?? [])];
      assert.equal(figures.length, 3);
      for (const { token, rank, probability } of figures) {
        const line = title.split('\n').find((one) => one.startsWith(`'${token.text}': ${rank}`));
        assert.ok(line?.endsWith(`, ${exact(probability)}`), `${title} has ${token.text} ${rank} ${probability}`);
      }
    }
    await page.getByLabel('another token').fill(' no such token at all');
    await page.getByRole('button', { name: 'Follow', exact: true }).click();
    await page.locator('.fault[role=alert]').waitFor();
    await page.getByRole('button', { name: 'Follow no other token' }).click();
  });

  it('reads after the attention of each layer when that is asked for', async () => {
    await page.getByLabel('after attention too').check();
    const cell = page.locator(`td[data-cell="2a:${target}"][data-token]`);
    await cell.waitFor();
    const [first] = readingOf(`2a:${target}`).top ?? [];
    assert.equal(await cell.getAttribute('data-probability'), String(first?.probability));
    await page.getByLabel('after attention too').uncheck();
  });

  it('shows the target’s rank or the entropy in its cells instead', async () => {
    const cell = page.locator(`[data-cell="1:${target}"]`);
    await page.getByLabel('What cells show').selectOption('rank');
    assert.equal(await cell.innerText(), String(readingOf(`1:${target}`).tokens[0]?.rank));
    await page.getByLabel('What cells show').selectOption('entropy');
    assert.equal(await cell.innerText(), String(Number(readingOf(`1:${target}`).entropy.toPrecision(3))));
    await page.getByLabel('What cells show').selectOption('top');
  });

  it('is gone through by keyboard, and what is chosen in it stands in the address', async () => {
    await page.locator(`[data-cell="3:${target}"]`).focus();
    for (const [key, cell] of [
      ['ArrowDown', `2:${target}`],
      ['Home', '2:0'],
      ['ArrowRight', '2:1'],
      ['Enter', '2:1'],
    ]) {
      await page.keyboard.press(key as string);
      await page.locator(`[data-cell="${cell}"]:focus`).waitFor();
    }
    await page.waitForURL(/position=1(&.*)?layer=2/);
    await page.locator('.reading h3', { hasText: 'After layer 2' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.search.includes('layer'));
  });

  it('fills the column of the target while the forward pass goes on', async () => {
    const { queue } = explorer.server;
    queue.watched = ['attribution'];
    queue.holdBefore = 2;
    await page.getByRole('textbox', { name: 'Prompt' }).fill('When Tom and Lily went to the park, Lily gave a ball to');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.locator('.lens .caption', { hasText: 'After layer 1' }).waitFor();
    const known = (await cellsShown()).filter(({ token }) => token !== undefined).map(({ cell }) => cell.split(':')[0]);
    assert.deepEqual(known, ['1', '0']);
    queue.watched = [];
    for (const gate of queue.gates) gate.release();
    await page.locator(`td[data-cell="embedding:${target}"][data-token]`).waitFor();
  });

  it('asks for the positions that are seen, and for others once they are', async () => {
    /** The first and the last position of each request. */
    const asked: (number | undefined)[][] = [];
    page.on('request', (request) => {
      const { query = '', variables } = request.postDataJSON() ?? {};
      const positions: number[] = /query Lens\b/.test(query) ? variables.input.positions : [];
      if (positions.length > 0) asked.push([positions[0], positions.at(-1)]);
    });
    const text = Array(12).fill('Tom gave a ball to Lily.').join(' ');
    await page.getByRole('textbox', { name: 'Prompt' }).fill(text);
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    const table = page.getByRole('grid', { name: 'Likeliest next token' });
    const last = Number(await table.getAttribute('aria-colcount')) - 2;
    await page.locator(`td[data-cell="3:${last}"][data-token]`).waitFor();
    assert.deepEqual(asked, [[last - 15, last]]);
    await page.locator('.lens-box').evaluate((box) => {
      box.scrollLeft = 0;
    });
    await page.locator('td[data-cell="3:0"][data-token]').waitFor();
    assert.ok(asked.some(([first]) => first === 0));
    assert.ok(asked.every(([first = 0, end = 0]) => end - first < 16));
    assert.deepEqual(explorer.errors, []);
  });

  async function ask(
    positions: number[],
    tokens: { text: string }[] = [{ text: ' Mary' }, { text: ' John' }],
  ): Promise<Lens> {
    const input = { model: 'sample', prompt, positions, tokens };
    const { lens: answer } = await explorer.server.client.request(LensDocument, {
      input,
      first: 5,
      afterAttention: true,
    });
    assert.ok(answer?.__typename === 'Lens');
    return answer;
  }

  /** @param cell `2a:13`: after the attention of layer 2, at position 13 */
  function readingOf(cell: string) {
    const [depth = '', position] = cell.split(':');
    const layer = lens.layers[Number.parseInt(depth, 10)];
    const readings =
      depth === 'embedding' ? lens.embedding : depth.endsWith('a') ? layer?.afterAttention : layer?.afterBlock;
    const found = readings?.[Number(position)];
    assert.ok(found, cell);
    return found;
  }

  function cellsShown() {
    return page.locator('td[data-cell]').evaluateAll((found) =>
      found.map((cell) => {
        const { cell: name = '', token, probability } = (cell as HTMLElement).dataset;
        return { cell: name, token, probability };
      }),
    );
  }
});
