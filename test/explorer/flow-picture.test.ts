/** The picture of the flow under the hands of a visitor: replay, keys, pointer, zoom. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { StartLogitAttributionDocument } from '../../src/client/generated/graphql.ts';
import { positionX, rowY } from '../../src/explorer/views/flow/geometry.ts';
import { violations } from '../support/axe.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';
import {
  cell,
  colours,
  drawnRows,
  geometryIn,
  layers,
  parts,
  positions,
  rowsUpTo,
  status,
} from '../support/flow-page.ts';

describe('the picture of the flow', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  before(async () => {
    explorer = await openExplorer({ context: { reducedMotion: 'reduce' } });
    await status(explorer.page, '4 layers in');
  });
  after(() => explorer?.[Symbol.asyncDispose]());

  it('goes back to earlier layers and on again', async () => {
    const { page } = explorer;
    const slider = page.getByLabel('Layers that are shown');
    await slider.press('ArrowLeft');
    await slider.press('ArrowLeft');
    assert.equal(await slider.inputValue(), '2');
    assert.equal(await cell(page, 3, 1), "' Mary': not there yet");
    assert.deepEqual(await drawnRows(page), rowsUpTo(2));
    await page.getByRole('button', { name: 'next layer' }).click();
    assert.equal(await slider.inputValue(), '3');
    assert.deepEqual(await drawnRows(page), rowsUpTo(3));
    await slider.press('End');
    assert.deepEqual(await drawnRows(page), rowsUpTo(layers));
  });

  it('is walked by keys and chosen in; the pointer shows the same figures', async () => {
    const { page } = explorer;
    const grid = page.locator('.flow [role=grid]');
    await grid.focus();
    await grid.press('ArrowDown');
    await grid.press('ArrowLeft');
    const active = await grid.getAttribute('aria-activedescendant');
    const text = await page.locator(`[id="${active}"]`).textContent();
    assert.equal(text, await cell(page, layers - 1, positions - 2));
    await grid.press('Enter');
    assert.deepEqual(parts(page), { layer: '2', position: '12' });
    await grid.press('Escape');
    await page.waitForFunction(() => !location.search.includes('layer'));
    await grid.blur();
    const box = await page.locator('.flow .stage').boundingBox();
    const geometry = await geometryIn(page);
    assert.ok(box);
    await page.mouse.move(box.x + positionX(geometry, 1), box.y + rowY(geometry, 2) + 6);
    const shown = (await page.locator('.flow .tooltip').textContent()) ?? '';
    const figures = (await cell(page, 2, 1)).replace("' Mary': ", '');
    assert.ok(shown.startsWith("' Mary' (1) after layer 1") && shown.includes(figures), `${shown} has not ${figures}`);
  });

  it('draws nothing where nothing changed, and for the pointer only what lies over the figures', async () => {
    const { page } = explorer;
    const drawn = await page.evaluateHandle(() => {
      const counts = { figures: 0, over: 0 };
      const { fillRect, clearRect } = CanvasRenderingContext2D.prototype;
      const [figures] = document.querySelectorAll('.flow canvas');
      const count = (canvas: HTMLCanvasElement) => counts[canvas === figures ? 'figures' : 'over']++;
      Object.assign(CanvasRenderingContext2D.prototype, {
        fillRect(this: CanvasRenderingContext2D, ...box: Parameters<typeof fillRect>) {
          count(this.canvas);
          fillRect.apply(this, box);
        },
        clearRect(this: CanvasRenderingContext2D, ...box: Parameters<typeof clearRect>) {
          count(this.canvas);
          clearRect.apply(this, box);
        },
      });
      return counts;
    });
    await page.waitForTimeout(300);
    assert.deepEqual(await drawn.jsonValue(), { figures: 0, over: 0 });
    const box = await page.locator('.flow .stage').boundingBox();
    const geometry = await geometryIn(page);
    assert.ok(box);
    await page.mouse.move(box.x + positionX(geometry, 8), box.y + rowY(geometry, 1) + 6);
    await page.locator('.flow .tooltip').getByText("',' (8) after layer 0").waitFor();
    await colours(page, []);
    const { figures, over } = await drawn.jsonValue();
    assert.ok(figures === 0 && over > 0, `${figures} and ${over}`);
    const slider = page.getByLabel('Layers that are shown');
    await slider.press('ArrowLeft');
    await colours(page, []);
    await slider.press('ArrowRight');
    await colours(page, []);
    assert.ok((await drawn.jsonValue()).figures > 0);
    await page.mouse.move(0, 0);
  });

  it('shows a long prompt whole, and opens it around the pointer; the page scrolls as ever', async () => {
    const { page, server, url } = explorer;
    const length = 240;
    const tokenIds = Array.from({ length }, (_, position) => 300 + ((position * 37) % 900));
    const { startLogitAttribution: started } = await server.client.request(StartLogitAttributionDocument, {
      input: { model: 'sample', prompt: { tokenIds } },
    });
    assert.ok(started.__typename === 'RunPayload');
    await page.goto(`${url}?run=${encodeURIComponent(started.run.id)}&track=120`);
    await status(page, '4 layers in');
    const scroller = page.locator('.flow .scroller');
    const sizes = () =>
      scroller.evaluate(({ scrollWidth, clientWidth, scrollLeft }) => ({ scrollWidth, clientWidth, scrollLeft }));
    const whole = await sizes();
    assert.ok(whole.scrollWidth <= whole.clientWidth, 'all positions are there at once');
    // In the middle of the uppermost row, which the page is scrolled to.
    const toMiddle = async () => {
      await page.locator('.flow .caption').evaluate((caption) => caption.scrollIntoView());
      const box = await scroller.boundingBox();
      await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + 40);
    };
    await toMiddle();
    // A title names its positions: of a run of tokens the first and the last.
    const pointedAt = async () => {
      const title = await page.locator('.flow .tooltip strong').textContent();
      return [...(title ?? '').matchAll(/ \((\d+)\)/g)].map(([, position]) => Number(position));
    };
    const [first = -1, last = -1] = await pointedAt();
    assert.ok(last > first && first > 0, `${first} to ${last}`);
    await page.mouse.wheel(0, 100);
    assert.equal((await sizes()).scrollWidth, whole.scrollWidth, 'without the control key nothing zooms');
    await toMiddle();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -400);
    await page.keyboard.up('Control');
    await page.waitForFunction(
      (width) => (document.querySelector('.flow .scroller')?.scrollWidth ?? 0) > 2 * width,
      whole.scrollWidth,
    );
    await toMiddle();
    await colours(page, []);
    const [position = -1, ...others] = await pointedAt();
    assert.ok(position >= first && position <= last, `${position} is under the pointer, of ${first} to ${last}`);
    assert.deepEqual(others, [], 'one token a column');
    await page.mouse.move(0, 0);
    const grid = page.locator('.flow [role=grid]');
    await grid.focus();
    await grid.press('End');
    const { scrollWidth, clientWidth, scrollLeft } = await sizes();
    assert.ok(scrollWidth - clientWidth - scrollLeft < 2, 'the last position is in sight');
    const active = await grid.getAttribute('aria-activedescendant');
    assert.equal(await page.locator(`[id="${active}"]`).getAttribute('data-position'), String(length - 1));
    await grid.blur();
  });

  it('has no fault that axe finds, and reports none', async () => {
    const { page } = explorer;
    assert.deepEqual(await violations(page), []);
    assert.deepEqual([explorer.errors, explorer.foreignRequests()], [[], []]);
  });
});
