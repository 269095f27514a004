/** The ledger as a picture: bars that go up and down by what each part writes, and the line of what they come to. */
import type { Palette } from '../../drawing/palette.ts';
import { linear } from '../../drawing/scale.ts';
import type { Mark, Scene } from '../../drawing/scene.ts';
import { exact, rounded } from '../../format/number.ts';
import type { Zone } from '../../parts/zones.tsx';
import { type Ledger, partName, type Step } from './ledger.ts';

export interface LedgerFrame {
  readonly width: number;
  readonly palette: Palette;
  readonly layerCount: number;
  /** Of the ordinate: `logits`. */
  readonly unit: string;
  /** Emphasised. */
  readonly layer?: number | undefined;
  /** By block, up to one factor: drawn as outlines, where nothing final is known yet. */
  readonly provisional?: readonly { readonly attention: number; readonly mlp: number | null }[];
  /** Written above it, where it stands for itself. */
  readonly title?: string;
}

const height = 220;
const margin = { left: 46, right: 58, top: 26, bottom: 24 };

/** Where the columns stand: the embedding, each block, what comes behind. */
export function columnsOf({ width, layerCount }: Pick<LedgerFrame, 'width' | 'layerCount'>) {
  const step = (width - margin.left - margin.right) / (layerCount + 2);
  return {
    step,
    top: margin.top,
    height: height - margin.top - margin.bottom,
    /** The left edge; −1 is the embedding, `layerCount` what comes behind. */
    left: (layer: number) => margin.left + (layer + 1) * step,
  };
}

/** What can be pointed at: each column, with its figures to the last digit. */
export function ledgerZones({ steps }: Ledger, frame: Pick<LedgerFrame, 'width' | 'layerCount'>): Zone[] {
  const { step, left } = columnsOf(frame);
  return Array.from({ length: frame.layerCount + 2 }, (_, index) => {
    const column = index - 1;
    const here = steps.filter((one) => columnOf(one, frame.layerCount) === column);
    return {
      left: left(column),
      width: step,
      title: here.map((one) => `${partName(one)}: ${exact(one.direct)}`).join('\n'),
      selection: here[0]?.layer === undefined ? {} : { layer: column },
    };
  });
}

export function ledgerPicture(ledger: Ledger, frame: LedgerFrame): Scene {
  const { width, palette, layerCount, layer, title } = frame;
  const { step, left } = columnsOf(frame);
  const rise = title ? 22 : 0;
  const outlined = ledger.steps.length === 0 ? outlines(frame) : [];
  const values = [0, ...ledger.steps.flatMap(({ from, to }) => [from, to]), ...outlined.map(({ value }) => value)];
  const y = linear(
    [Math.min(...values), Math.max(...values, Math.min(...values) + 1e-9)],
    [height - margin.bottom + rise, margin.top + rise],
  );
  const marks: Mark[] = [];
  const text = (
    x: number,
    at: number,
    of: string,
    anchor: 'start' | 'middle' | 'end' = 'middle',
    fill = palette.muted,
  ) => marks.push({ type: 'text', x, y: at, text: of, size: 11, anchor, fill });
  if (title) marks.push({ type: 'text', x: 8, y: 18, text: title, size: 13, weight: 'bold', fill: palette.ink });
  text(8, 12 + rise, `${frame.unit} · left attention, right MLP · line: sum so far`, 'start');
  if (layer !== undefined)
    marks.push({
      type: 'rect',
      x: left(layer),
      y: margin.top + rise,
      width: step,
      height: height - margin.top - margin.bottom,
      fill: palette.faint,
    });
  marks.push({ type: 'path', d: `M${margin.left} ${y(0)}H${width - margin.right}`, stroke: palette.line });
  text(margin.left - 6, y(0) + 4, '0', 'end');
  for (const value of [Math.min(...values), Math.max(...values)])
    if (Math.abs(y(value) - y(0)) > 14 && outlined.length === 0)
      text(margin.left - 6, y(value) + 4, rounded(value), 'end');
  for (const { layer: of, slot, value } of outlined)
    marks.push({ type: 'rect', ...bar(of, slot, 0, value), fill: palette.background, stroke: palette.muted });
  if (ledger.steps.length > 0) marks.push({ type: 'path', d: line(ledger.steps), stroke: palette.ink });
  for (const one of ledger.steps)
    marks.push({
      type: 'rect',
      ...bar(columnOf(one, layerCount), slotOf(one), one.from, one.to),
      fill: one.direct < 0 ? palette.negative : palette.positive,
    });
  if (ledger.steps.length > 0) {
    const { y: at, x } = { y: y(ledger.end), x: width - margin.right };
    marks.push({ type: 'circle', x, y: at, radius: 3.5, fill: palette.ink });
    marks.push({
      type: 'text',
      x: x + 7,
      y: at + 4,
      text: rounded(ledger.end),
      size: 13,
      weight: 'bold',
      fill: palette.ink,
    });
  }
  const every = Math.ceil(20 / step);
  text(left(-1) + step / 2, height - 8 + rise, step < 30 ? 'e' : 'embed.');
  for (let of = 0; of < layerCount; of += every) text(left(of) + step / 2, height - 8 + rise, String(of));
  text(left(layerCount) + step / 2, height - 8 + rise, step < 30 ? 'b' : 'biases');
  return { width, height: height + rise, background: palette.background, marks };

  function bar(of: number, slot: number, from: number, to: number) {
    const [one, other] = [y(from), y(to)];
    const wide = slot < 0 ? step * 0.5 : step * 0.36;
    const x = left(of) + (slot < 0 ? step * 0.25 : step * (0.12 + 0.4 * slot));
    return { x, y: Math.min(one, other), width: wide, height: Math.max(Math.abs(one - other), 1) };
  }

  function line(steps: readonly Step[]): string {
    const points = steps.map((one) => {
      const { x, width: wide } = bar(columnOf(one, layerCount), slotOf(one), one.from, one.to);
      return `H${x}V${y(one.to)}H${x + wide}`;
    });
    const [begin] = steps as [Step, ...Step[]];
    const { x } = bar(columnOf(begin, layerCount), slotOf(begin), begin.from, begin.to);
    return `M${x} ${y(begin.from)}${points.join('')}H${width - margin.right}`;
  }
}

/** To a scale of their own: the largest is 1. */
function outlines({ provisional = [] }: LedgerFrame): { layer: number; slot: number; value: number }[] {
  const all = provisional.flatMap(({ attention, mlp }, layer) => [
    { layer, slot: 0, value: attention },
    ...(mlp === null ? [] : [{ layer, slot: 1, value: mlp }]),
  ]);
  const largest = Math.max(...all.map(({ value }) => Math.abs(value))) || 1;
  return all.map(({ value, ...rest }) => ({ ...rest, value: value / largest }));
}

function columnOf({ kind, layer }: Step, layerCount: number): number {
  return layer ?? (kind === 'embedding' ? -1 : layerCount);
}

/** In a block the left half or the right; −1 in the middle. */
function slotOf({ kind }: Step): number {
  if (kind === 'intercept') return 1;
  if (kind === 'behind') return 0;
  return kind === 'embedding' ? -1 : kind === 'attention' ? 0 : 1;
}
