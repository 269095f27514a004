import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { palettes } from '../../drawing/palette.ts';
import { lensCaption, passingCaption } from './caption.ts';
import { cellOf, cellTitle, mostEntropyOf } from './cells.ts';
import { pageOf, pagesOf, positionsOf, scrolledTo, seenColumns } from './pages.ts';
import { lensPicture } from './picture.ts';
import { shownPlace } from './place.ts';
import { depthZones, rankPicture } from './ranks.ts';
import { columnsOf, depthsOf, type LensAnswer, type LensToken, liveColumn, type Series, seriesOf } from './readings.ts';
import { lensTables } from './tables.ts';

const vocabulary = ['When', ' Mary', ' John', ' Ben'];
const token = (tokenId: number, position = 0) => ({
  position,
  tokenId,
  text: vocabulary[tokenId] as string,
  special: false,
  role: null,
});
const says = (tokenId: number, rank: number, probability: number): LensToken => ({
  token: token(tokenId),
  logit: 1,
  probability,
  rank,
});
/** Two positions, two layers: ' Mary' comes up at the second one. */
const reading = (position: number, first: number, rank: number, entropy: number) => ({
  token: token(0, position),
  top: [says(first, 1, 0.75)],
  tokens: [says(1, rank, rank === 1 ? 0.75 : 0.05), says(2, 9, 0.01)],
  entropy,
});
const answer: LensAnswer = {
  __typename: 'Lens',
  tokens: [token(0, 0), token(3, 1)],
  positions: [0, 1],
  embedding: [reading(0, 0, 8, 2), reading(1, 3, 90, 3)],
  layers: [
    {
      layer: 0,
      afterAttention: [reading(0, 0, 7, 2), reading(1, 3, 70, 2.5)],
      afterBlock: [reading(0, 0, 6, 2), reading(1, 3, 58, 2)],
    },
    {
      layer: 1,
      afterAttention: [reading(0, 0, 5, 2), reading(1, 1, 1, 1.5)],
      afterBlock: [reading(0, 0, 4, 2), reading(1, 1, 1, 1)],
    },
  ],
};
const columns = columnsOf(answer);
const whole = columns.get(1) ?? new Map();
const depths = depthsOf(2, false);
const mary = { role: 'target', name: "' Mary'", tokenId: 1 } as const;
const john = { role: 'against', name: "' John'", tokenId: 2 } as const;

describe('the depths of the lens', () => {
  it('go from the embedding up, with a depth within each block where it is wanted', () => {
    assert.deepEqual(
      depths.map(({ name }) => name),
      ['embedding', '0', '1'],
    );
    assert.deepEqual(
      depthsOf(2, true).map(({ name }) => name),
      ['embedding', '0a', '0', '1a', '1'],
    );
  });

  it('have each reading at its position', () => {
    assert.equal(columns.get(0)?.get('1')?.tokens[0]?.rank, 4);
    assert.equal(whole.get('0a')?.tokens[0]?.rank, 70);
  });

  it('fill up while the forward pass goes on', () => {
    const passed = { layer: 0, lens: [says(3, 1, 0.15)], target: says(1, 58, 0.002) };
    const column = liveColumn([passed] as unknown as Parameters<typeof liveColumn>[0]);
    assert.equal(passingCaption(column, 2), "After layer 0 ' Ben' is the first choice (15 %), ' Mary' is 58th.");
    assert.equal(passingCaption(new Map(), 2), 'None of 2 layers is passed yet.');
  });
});

describe('the pages of the lens', () => {
  it('are counted back from the position that predicts, and have every position once', () => {
    assert.equal(pageOf(99, 99, 110), 0);
    assert.equal(pageOf(83, 99, 110), 1);
    assert.equal(pageOf(100, 99, 110), -1);
    const all = [-1, 0, 1, 2, 3, 4, 5, 6].flatMap((page) => positionsOf(page, 99, 110)).toSorted((a, b) => a - b);
    assert.deepEqual(
      all,
      Array.from({ length: 110 }, (_, position) => position),
    );
  });

  it('are one where the prompt is short', () => {
    assert.deepEqual(positionsOf(pageOf(3, 5, 14), 5, 14).length, 14);
  });

  it('are those of the columns that are seen', () => {
    const seen = seenColumns(100 * 66 - 400, 400, 100);
    assert.equal(seen.last, 99);
    assert.ok(seen.first >= 91 && seen.first <= 93);
    assert.deepEqual(pagesOf(seen, 99, 100), [0]);
    assert.deepEqual(pagesOf({ ...seen, first: 80 }, 99, 100), [1, 0]);
  });

  it('scroll no further than a column needs', () => {
    const seen = seenColumns(0, 660, 100);
    assert.equal(scrolledTo(99, seen, 0, 660), 90 * 66);
    assert.equal(scrolledTo(3, seen, 0, 660), 0);
    assert.equal(scrolledTo(3, seen, 5000, 660), 3 * 66);
  });
});

describe('what is said of the lens', () => {
  it('is where the target becomes the first choice, and what it was before', () => {
    assert.equal(
      lensCaption(seriesOf(mary, whole, depths), seriesOf(john, whole, depths), depths),
      "' Mary' becomes the first choice after layer 1 (75 %); after layer 0 it is 58th. ' John' ends 9th (1.0 %).",
    );
    const between = depthsOf(2, true);
    assert.equal(
      lensCaption(seriesOf(mary, whole, between), undefined, between),
      "' Mary' becomes the first choice after the attention of layer 1 (75 %); after layer 0 it is 58th.",
    );
  });

  it('is how near a target came that is not the first choice in the end', () => {
    const points = [8, 2, 5].map((rank, index) => ({ index, rank, probability: 0.1 }));
    assert.equal(
      lensCaption({ ...mary, points }, undefined, depths),
      "' Mary' ends 5th (10 %); it comes nearest after layer 0, as 2nd.",
    );
  });

  it('is that it was the first choice all along', () => {
    const points = [1, 1, 1].map((rank, index) => ({ index, rank, probability: 0.5 }));
    assert.equal(
      lensCaption({ ...mary, points }, undefined, depths),
      "' Mary' is the first choice at every depth, in the end by 50 %.",
    );
  });
});

describe('a cell of the lens', () => {
  const frame = { tokenId: 1, mostEntropy: mostEntropyOf(columns) };
  it('shows the first choice, the entropy, or the rank or probability of the target', () => {
    const at = whole.get('0');
    assert.deepEqual(cellOf(at, { ...frame, kind: 'top' }), { text: '·Ben', shade: 0.75, token: token(3) });
    assert.deepEqual(cellOf(at, { ...frame, kind: 'rank' }), { text: '58', shade: 0.05 });
    assert.deepEqual(cellOf(at, { ...frame, kind: 'probability' }), { text: '5.0 %', shade: 0.05 });
    assert.deepEqual(cellOf(at, { ...frame, kind: 'entropy' }), { text: '2', shade: 1 - 2 / 3 });
    assert.equal(cellOf(undefined, { ...frame, kind: 'top' }), undefined);
  });

  it('tells all digits', () => {
    const [, depth] = depths;
    assert.ok(depth);
    assert.match(
      cellTitle(whole.get('0'), depth, token(3), 1),
      /' Mary': 58th, 0\.05\n' John': 9th, 0\.01\nentropy 2 nats/,
    );
    assert.match(cellTitle(undefined, depth, token(3), 1), /not read yet/);
  });

  it('that is looked at is the one pointed at, the one clicked, or what all views have chosen', () => {
    const between = depthsOf(2, true);
    const kept = { depth: between[1] as (typeof between)[number], position: 0 };
    const named = (chosen: object, own: object = {}) => {
      const place = shownPlace({ pointed: undefined, kept: undefined, ...own, chosen }, between, 1);
      return `${place.depth.name} ${place.position}`;
    };
    assert.equal(named({}), '1 1');
    assert.equal(named({ layer: 0 }), '0 1');
    assert.equal(named({ layer: 0, position: 0 }, { kept }), '0a 0');
    assert.equal(named({ layer: 1, position: 0 }, { kept }), '1 0');
    assert.equal(named({ layer: 1 }, { pointed: kept }), '0a 0');
  });
});

describe('the pictures and tables of the lens', () => {
  const series: Series[] = [seriesOf(mary, whole, depths), seriesOf(john, whole, depths)];
  const frame = { palette: palettes.light, scale: 'rank', depths } as const;

  it('draw rank 1 on top, each power of ten as far below', () => {
    const { marks } = rankPicture(
      [{ ...mary, points: [1, 10, 100].map((rank, index) => ({ index, rank, probability: 0 })) }],
      {
        ...frame,
        width: 400,
      },
    );
    const ups = marks.flatMap((mark) => (mark.type === 'circle' ? mark.y : []));
    const [first = 0, second = 0, third = 0] = ups;
    assert.equal(ups.length, 3);
    assert.ok(first < second);
    assert.ok(Math.abs(second - first - (third - second)) < 1e-9);
    assert.equal(
      depthZones(series, { width: 400, depths })[1]?.title,
      "after layer 0\n' Mary': 58th, 0.05\n' John': 9th, 0.01",
    );
  });

  it('keep the labels of the lines apart', () => {
    const same = [mary, john].map((of): Series => ({ ...of, points: [{ index: 2, rank: 3, probability: 0.1 }] }));
    const { marks } = rankPicture(same, { ...frame, width: 400 });
    const [one, other] = marks.flatMap((mark) => (mark.type === 'text' && mark.weight === 'bold' ? mark.y : []));
    assert.ok(other !== undefined && one !== undefined && other - one >= 14);
  });

  it('have a cell for each depth and column, the last depth on top, and every figure', () => {
    const shown = [0, 1].map((position) => ({ position, token: token(0, position), column: columns.get(position) }));
    const cells = { kind: 'top', tokenId: 1, mostEntropy: 3 } as const;
    const scene = lensPicture(shown, series, { ...frame, cells, title: 'Lens', heading: 'Ranks', shading: '' });
    const words = scene.marks.flatMap((mark) => (mark.type === 'text' && mark.text === '·Mary' ? mark : []));
    assert.equal(words.length, 1);
    const [lens, ranks] = lensTables(shown, series, depths);
    // The first choice and both tokens, once each; the target is the first choice in one of six cells.
    assert.equal(lens?.rows.length, 6 * 3 - 1);
    assert.equal(ranks?.rows.length, 6);
  });
});
