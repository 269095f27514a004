/** For tests of the flow in a browser: what it says and what it has drawn, of the sample model's example. */
import type { Page } from 'playwright-core';
import { type RunEventsSubscription, RunsDocument } from '../../src/client/generated/graphql.ts';
import { palettes } from '../../src/explorer/drawing/palette.ts';
import { geometryOf, positionX, rowY } from '../../src/explorer/views/flow/geometry.ts';
import { shareScale } from '../../src/explorer/views/flow/shades.ts';
import { collect } from '../server/harness.ts';
import type { OpenExplorer } from './explorer.ts';

/** Of the sample model. */
export const layers = 4;
/** Of its example. */
export const positions = 14;

export type Layer = Extract<RunEventsSubscription['runEvents'], { __typename: 'LayerCirculated' }>;

export async function status(page: Page, text: string): Promise<void> {
  await page.locator('.flow .status').filter({ hasText: text }).waitFor();
}

/** What the grid says of a cell; row 0 is the embedding. */
export async function cell(page: Page, row: number, position: number): Promise<string> {
  return (await page.locator(`.flow td[data-row="${row}"][data-position="${position}"]`).textContent()) ?? '';
}

export async function cells(page: Page): Promise<string[]> {
  return page.locator('.flow td').allTextContents();
}

export function parts(page: Page): Record<string, string> {
  const query = new URL(page.url()).searchParams;
  return Object.fromEntries(
    ['layer', 'position'].flatMap((name) => (query.has(name) ? [[name, `${query.get(name)}`]] : [])),
  );
}

export async function geometryIn(page: Page) {
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
export async function colours(page: Page, places: readonly (readonly [number, number])[]): Promise<string[]> {
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
export async function drawnRows(page: Page): Promise<number[]> {
  const geometry = await geometryIn(page);
  const rows = Array.from({ length: layers }, (_, index) => index + 1);
  const found = await colours(
    page,
    rows.map((row) => [positionX(geometry, 1) - geometry.step / 2 + 4, rowY(geometry, row) + 4] as const),
  );
  return rows.filter((_, index) => found[index] !== 'rgb(255, 255, 255)');
}

export function rowsUpTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** Of every cell: the colour that is on the canvas, and that of the share. */
export async function shadesOf(page: Page, events: readonly Layer[]) {
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
export async function circulated({ server }: OpenExplorer): Promise<Layer[]> {
  const { runs } = await server.client.request(RunsDocument, { first: 10 });
  const run = runs?.edges.map(({ node }) => node).find(({ kind }) => kind === 'CIRCULATION');
  const events = await collect(server.client.followRun(run?.id ?? ''));
  return events.filter((event): event is Layer => event.__typename === 'LayerCirculated');
}
