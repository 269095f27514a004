/** The flow in a real browser, against the figures that the API has stored. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { tensorValues } from '../../src/client/client.ts';
import { MovesDocument, type RunEventsSubscription, RunsDocument } from '../../src/client/generated/graphql.ts';
import { palettes } from '../../src/explorer/drawing/palette.ts';
import { percent, rounded, signed } from '../../src/explorer/format/number.ts';
import { geometryOf, positionX, rowY } from '../../src/explorer/views/flow/geometry.ts';
import { defaultCount, drawnMoves, movesAsked } from '../../src/explorer/views/flow/moves.ts';
import { shareScale } from '../../src/explorer/views/flow/shades.ts';
import { collect } from '../server/harness.ts';
import { noBrowser, type OpenExplorer, openExplorer } from '../support/explorer.ts';

const prompt = { text: 'When Mary and John went to the store, John gave a drink to' };
const target = { token: { text: ' Mary' }, against: { text: ' John' } };
const layers = 4;
const positions = 14;

type Layer = Extract<RunEventsSubscription['runEvents'], { __typename: 'LayerCirculated' }>;

describe('the flow', { skip: noBrowser }, () => {
  let explorer: OpenExplorer;
  before(async () => {
    // Nothing is asked yet, so that runs can be held back from their start.
    explorer = await openExplorer({ path: '/?run=none', context: { reducedMotion: 'reduce' } });
  });
  after(() => explorer?.[Symbol.asyncDispose]());
  afterEach(() => {
    explorer.server.queue.holdBefore = -1;
    for (const gate of explorer.server.queue.gates) gate.release();
  });

  it('grows layer by layer while the next one is held back, for one who joins late too', async () => {
    const { page, server, url } = explorer;
    server.queue.holdBefore = 1;
    await page.goto(url);
    await status(page, 'live · layer 1 of 4');
    const late = await page.context().newPage();
    for (let passed = 1; passed < layers; passed++) {
      await status(page, `live · layer ${passed} of 4`);
      assert.equal(await cell(page, passed + 1, 1), "' Mary': not there yet");
      assert.match(await cell(page, passed, 1), /^' Mary': ' Mary': .* % of the stream/);
      assert.deepEqual(await drawnRows(page), rowsUpTo(passed));
      if (passed === 2) {
        await late.goto(page.url());
        await status(late, 'live · layer 2 of 4');
        assert.deepEqual(await cells(late), await cells(page));
        assert.deepEqual(await drawnRows(late), rowsUpTo(2));
      }
      server.queue.lastGate?.hold(passed + 1);
    }
    await status(page, '4 layers in');
    await status(late, '4 layers in');
    assert.equal(server.queue.gates.length, 1, 'both follow one run');
    assert.deepEqual(await cells(late), await cells(page));
    assert.deepEqual(await drawnRows(page), rowsUpTo(layers));
    await late.close();
  });

  it('shows at every cell what the API has stored, in figures and as a shade', async () => {
    const { page } = explorer;
    const events = await circulated(explorer);
    const { shade, shares } = await shadesOf(page, events);
    assert.equal(events.length, layers);
    for (const { layer, tracked } of events)
      for (let position = 0; position < positions; position++) {
        const text = await cell(page, layer + 1, position);
        for (const { token, share, norm, throughAttention, throughMlp } of tracked) {
          const [held = 0, size = 0, attention = 0, mlp = 0] = [share, norm, throughAttention, throughMlp].map(
            (figure) => figure[position],
          );
          const words = `'${token.text}': ${percent(held)} of the stream · norm ${rounded(size)} · attention carried ${rounded(attention)} · the MLP made ${rounded(mlp)}`;
          assert.ok(text.includes(words), `${text} has not ${words}`);
        }
      }
    assert.deepEqual(shade, shares);
  });

  it('says at each layer what the model would say there', async () => {
    const { page } = explorer;
    for (const { layer, lens } of await circulated(explorer)) {
      const [top] = lens;
      assert.ok(top);
      const text = await cell(page, layer + 1, positions - 1);
      assert.ok(text.includes(`would say '${top.token.text}' (${percent(top.probability)})`), text);
    }
  });

  it('has a caption of its figures', async () => {
    const { page } = explorer;
    const [last] = (await circulated(explorer)).slice(-1);
    const share = last?.tracked[0]?.share[positions - 1] ?? 0;
    const caption = await page.locator('.flow .caption').textContent();
    assert.ok(
      caption?.startsWith(
        `After layer 3, ${percent(share)} of the stream at the last token (' to') comes from ' Mary'`,
      ),
      `${caption}`,
    );
  });

  it('lays the strongest moves over it, and says what the rest comes to', async () => {
    const { page, server } = explorer;
    const { logitAttribution } = await server.client.request(MovesDocument, {
      input: { model: 'sample', prompt, target },
      ...movesAsked,
      keep: ['LAYER'],
    });
    assert.ok(logitAttribution.__typename === 'LogitAttribution' && logitAttribution.moves && logitAttribution.edges);
    const { edges, moves } = logitAttribution;
    const told = page.locator('.flow .moves');
    const said = async (count: number) => {
      const { part, rest, known } = drawnMoves(edges, tensorValues(moves), count);
      const sum = rest.reduce((total, value) => total + value, 0);
      await told
        .getByText(
          `Drawn: ${count} moves, ${percent(part)} of the magnitude of the ${known} strongest. All others come to ${signed(sum)}`,
        )
        .waitFor();
    };
    await said(defaultCount(edges));
    await page.getByLabel('Moves that are drawn').fill('7');
    await said(7);
    await page.getByRole('button', { name: 'what flows' }).click();
    await told.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'both' }).click();
  });

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

  it('follows a second token from the grid on, and is stopped for all who follow the run', async () => {
    const { page, server } = explorer;
    server.queue.holdBefore = 3;
    const geometry = await geometryIn(page);
    const box = await page.locator('.flow .stage').boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + positionX(geometry, 3), box.y + rowY(geometry, 0) + 6);
    await page.locator('.flow').getByRole('button', { name: 'follow' }).filter({ hasText: 'John' }).click();
    await status(page, 'live · layer 3 of 4');
    assert.match(await cell(page, 2, 5), /' Mary': .* % of the stream.*' John': .* % of the stream/);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await status(other, 'live · layer 3 of 4');
    await page.getByRole('button', { name: 'Stop' }).click();
    // A job that is held back ends where it waits.
    await status(page, 'stopped at layer 3 of 4');
    await status(other, 'stopped at layer 3 of 4');
    assert.deepEqual(await drawnRows(page), rowsUpTo(3));
    assert.equal(await cell(page, 4, 1), "' Mary': not there yet");
    server.queue.holdBefore = -1;
    await page.locator('.flow').getByRole('button', { name: 'Try again' }).click();
    await status(page, '4 layers in');
    assert.deepEqual(await drawnRows(page), rowsUpTo(layers));
    await other.close();
  });

  it('keeps what the attribution knows where tokens cannot be followed, with ways out', async () => {
    const { page } = explorer;
    const address = new URL(page.url());
    address.searchParams.set('track', '99');
    await page.goto(address.href);
    const notice = page.locator('.flow [role=alert]');
    await notice.filter({ hasText: '99' }).waitFor();
    await status(page, 'refused');
    assert.match(await cell(page, layers, positions - 1), /^' to': would say ' Mary' \(99\.7 %\)/);
    await notice.getByRole('button', { name: 'Follow nothing' }).click();
    await notice.waitFor({ state: 'detached' });
    await page.getByText('Nothing is followed: choose a token, then follow it.').waitFor();
  });

  it('has no fault that axe finds, and reports none', async () => {
    const { page } = explorer;
    const axe = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'));
    await page.evaluate(await readFile(axe, 'utf8'));
    const found = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run: (part: string) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await axe.run('.flow')).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
    });
    assert.deepEqual(found, []);
    assert.deepEqual([explorer.errors, explorer.foreignRequests()], [[], []]);
  });
});

async function status(page: Page, text: string): Promise<void> {
  await page.locator('.flow .status').filter({ hasText: text }).waitFor();
}

/** What the grid says of a cell; row 0 is the embedding. */
async function cell(page: Page, row: number, position: number): Promise<string> {
  return (await page.locator(`.flow td[data-row="${row}"][data-position="${position}"]`).textContent()) ?? '';
}

async function cells(page: Page): Promise<string[]> {
  return page.locator('.flow td').allTextContents();
}

function parts(page: Page): Record<string, string> {
  const query = new URL(page.url()).searchParams;
  return Object.fromEntries(
    ['layer', 'position'].flatMap((name) => (query.has(name) ? [[name, `${query.get(name)}`]] : [])),
  );
}

async function geometryIn(page: Page) {
  const box = await page.locator('.flow .stage').boundingBox();
  return geometryOf({
    width: box?.width ?? 0,
    positions,
    layerCount: layers,
    zoom: 1,
    offset: 0,
    longest: ' store'.length,
  });
}

/** The colour on the canvas at the upper left of each cell, once what was last told is drawn. */
async function colours(page: Page, places: readonly (readonly [number, number])[]): Promise<string[]> {
  return page
    .locator('.flow canvas')
    .first()
    .evaluate(async (canvas, places) => {
      for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
      const context = (canvas as HTMLCanvasElement).getContext('2d');
      const scale = devicePixelRatio;
      return places.map(([x, y]) => {
        const data = context?.getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data ?? [];
        return `rgb(${data[0]}, ${data[1]}, ${data[2]})`;
      });
    }, places);
}

/** Which blocks have the followed token's shade in its own column. */
async function drawnRows(page: Page): Promise<number[]> {
  const geometry = await geometryIn(page);
  const rows = Array.from({ length: layers }, (_, index) => index + 1);
  const found = await colours(
    page,
    rows.map((row) => [positionX(geometry, 1) - geometry.step / 2 + 4, rowY(geometry, row) + 4] as const),
  );
  return rows.filter((_, index) => found[index] !== 'rgb(255, 255, 255)');
}

function rowsUpTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** Of every cell: the colour that is on the canvas, and that of the share. */
async function shadesOf(page: Page, events: readonly Layer[]) {
  const geometry = await geometryIn(page);
  const scale = shareScale(palettes.light, 0);
  const all = events.flatMap(({ layer, tracked }) =>
    Array.from({ length: positions }, (_, position) => ({ layer, position, share: tracked[0]?.share[position] ?? 0 })),
  );
  const shade = await colours(
    page,
    all.map(
      ({ layer, position }) =>
        [positionX(geometry, position) - geometry.step / 2 + 4, rowY(geometry, layer + 1) + 4] as const,
    ),
  );
  return { shade, shares: all.map(({ share }) => rgb(scale(share))) };
}

function rgb(colour: string): string {
  if (!colour.startsWith('#')) return colour;
  return `rgb(${[1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)).join(', ')})`;
}

/** The layers of the newest circulation, as they are stored. */
async function circulated({ server }: OpenExplorer): Promise<Layer[]> {
  const { runs } = await server.client.request(RunsDocument, { first: 10 });
  const run = runs?.edges.map(({ node }) => node).find(({ kind }) => kind === 'CIRCULATION');
  const events = await collect(server.client.followRun(run?.id ?? ''));
  return events.filter((event): event is Layer => event.__typename === 'LayerCirculated');
}
