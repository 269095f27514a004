/** Where the cells of the grid stand: layers upwards, heads from the left, MLPs apart at the right. */

export interface GridLayout {
  readonly width: number;
  readonly height: number;
  /** Of cells, with the gaps between them. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly left: number;
  readonly top: number;
  /** Between two cells. */
  readonly gap: number;
  readonly mlpLeft: number;
  readonly mlpWidth: number;
  /** Whether figures fit into the cells. */
  readonly hasText: boolean;
  /** Every how many-eth layer and head has its number. */
  readonly layerStep: number;
  readonly headStep: number;
}

const [labelWidth, headerHeight, apart, narrowest] = [44, 34, 14, 26];

export function gridLayout(width: number, layerCount: number, headCount: number, hasMlp: boolean): GridLayout {
  const left = labelWidth;
  const room = width - left - (hasMlp ? apart : 0) - 1;
  const heads = Math.max(1, headCount);
  // A column of MLPs is one and a half of heads, and never thinner than its name.
  const cellWidth = Math.min(60, hasMlp ? Math.min(room / (heads + 1.5), (room - narrowest) / heads) : room / heads);
  const cellHeight = Math.max(5, Math.min(28, cellWidth, 420 / Math.max(1, layerCount)));
  const mlpWidth = hasMlp ? Math.max(1.5 * cellWidth, narrowest) : 0;
  const mlpLeft = left + headCount * cellWidth + (hasMlp ? apart : 0);
  return {
    width: Math.min(width, Math.ceil(mlpLeft + mlpWidth)),
    height: headerHeight + Math.ceil(layerCount * cellHeight) + 1,
    cellWidth,
    cellHeight,
    left,
    top: headerHeight,
    gap: cellWidth > 12 ? 2 : cellWidth > 7 ? 1 : 0.5,
    mlpLeft,
    mlpWidth,
    hasText: cellWidth >= 46 && cellHeight >= 16,
    layerStep: step(13 / cellHeight),
    headStep: step(18 / cellWidth),
  };
}

/** Null is the MLP. @returns the cell without the gap around it */
export function cellAt(layout: GridLayout, layerCount: number, layer: number, head: number | null) {
  const { cellWidth, cellHeight, left, top, gap, mlpLeft, mlpWidth } = layout;
  return {
    x: (head === null ? mlpLeft : left + head * cellWidth) + gap / 2,
    y: top + (layerCount - 1 - layer) * cellHeight + gap / 2,
    width: (head === null ? mlpWidth : cellWidth) - gap,
    height: cellHeight - gap,
  };
}

/** CSS pixels that a cell with its name beside it takes. */
const named = { width: 130, height: 14 };

/** Those whose names do not run into the names of stronger ones. @param cells the strongest first */
export function apartFromStronger<Cell extends { readonly x: number; readonly y: number }>(
  cells: readonly Cell[],
): Cell[] {
  const kept: Cell[] = [];
  for (const cell of cells) {
    const meets = ({ x, y }: Cell) => Math.abs(x - cell.x) < named.width && Math.abs(y - cell.y) < named.height;
    if (!kept.some(meets)) kept.push(cell);
  }
  return kept;
}

/** Which cell the arrow keys lead to; undefined where there is none. Null is the MLP, which stands right of the last head. */
export function beside(
  key: string,
  at: { readonly layer: number; readonly head: number | null },
  { layerCount, headCount, hasMlp }: { layerCount: number; headCount: number; hasMlp: boolean },
): { layer: number; head: number | null } | undefined {
  const columns = headCount + (hasMlp ? 1 : 0);
  const column = at.head ?? headCount;
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowUp: [at.layer + 1, column],
    ArrowDown: [at.layer - 1, column],
    ArrowLeft: [at.layer, column - 1],
    ArrowRight: [at.layer, column + 1],
    Home: [at.layer, 0],
    End: [at.layer, columns - 1],
    PageUp: [layerCount - 1, column],
    PageDown: [0, column],
  };
  const [layer, next] = steps[key] ?? [-1, -1];
  if (layer < 0 || layer >= layerCount || next < 0 || next >= columns) return undefined;
  return { layer, head: next === headCount ? null : next };
}

/** 1, 2, 5, 10, …: the first one that is no smaller. */
function step(least: number): number {
  for (let power = 1; ; power *= 10) for (const nice of [1, 2, 5]) if (nice * power >= least) return nice * power;
}
