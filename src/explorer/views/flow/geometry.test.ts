import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { extent, geometryOf, largestZoom, placeAt, positionX, rowY, type Sizes, visibleColumns } from './geometry.ts';

const small: Sizes = { width: 740, positions: 14, layerCount: 4, zoom: 1, offset: 0, longest: 6 };
const large: Sizes = { ...small, positions: 512, layerCount: 48 };

describe('the geometry of the flow', () => {
  it('shows every position at once, one a column where there is room', () => {
    const geometry = geometryOf(small);
    assert.equal(visibleColumns(geometry).length, 14);
    assert.ok(Math.abs(extent(geometry) - (geometry.right - geometry.left)) < 1e-6);
  });

  it('merges positions into runs where a column would be too narrow, and leaves none out', () => {
    for (const width of [390, 740, 1920]) {
      const geometry = geometryOf({ ...large, width });
      const columns = visibleColumns(geometry);
      assert.ok(geometry.run > 1 || width === 1920);
      assert.equal(columns[0]?.first, 0);
      assert.equal(columns.at(-1)?.end, 512);
      for (const [index, { first }] of columns.entries()) assert.equal(first, columns[index - 1]?.end ?? 0);
      for (const column of columns.slice(0, -1)) assert.ok(column.width >= 7, `${column.width} px at ${width}`);
    }
  });

  it('opens the runs when it is zoomed in, and scrolls to the last position', () => {
    const zoom = largestZoom(geometryOf(large));
    const geometry = geometryOf({ ...large, zoom, offset: Number.POSITIVE_INFINITY });
    assert.equal(geometry.run, 1);
    const columns = visibleColumns(geometry);
    assert.equal(columns.at(-1)?.end, 512);
    assert.ok((columns[0]?.first ?? 0) > 400, 'the first ones are scrolled away');
    assert.ok(positionX(geometry, 511) < geometry.right);
  });

  it('puts the embedding below and the last block on top, within its height', () => {
    for (const sizes of [small, large]) {
      const geometry = geometryOf(sizes);
      assert.equal(rowY(geometry, sizes.layerCount), geometry.top);
      assert.equal(rowY(geometry, 0) + geometry.cell + geometry.labelHeight, geometry.height);
      assert.ok(geometry.height < 800, `${geometry.height} px`);
    }
  });

  it('finds what stands at a place: a cell, the gap below it, a row beside the columns, or nothing', () => {
    const geometry = geometryOf(small);
    for (const [row, position] of [
      [0, 13],
      [2, 0],
      [4, 7],
    ] as const) {
      const [x, y] = [positionX(geometry, position), rowY(geometry, row)];
      assert.deepEqual(placeAt(geometry, x, y + 2), { row, position, isGap: false });
      if (row > 0) assert.deepEqual(placeAt(geometry, x, y + geometry.cell + 2), { row, position, isGap: true });
      assert.equal(placeAt(geometry, geometry.right + 3, y + 2)?.position, undefined);
    }
    assert.equal(placeAt(geometry, 100, 3), undefined);
  });

  it('names the first position of a run', () => {
    const geometry = geometryOf(large);
    const place = placeAt(geometry, positionX(geometry, 100), rowY(geometry, 3) + 1);
    assert.equal(place?.position, Math.floor(100 / geometry.run) * geometry.run);
  });
});
