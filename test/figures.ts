/**
 * The figures of every method, grain and study on some reference checkpoints, by name and version. They say nothing of
 * being right (that is what the references are for): only that the same version still means the same figures.
 * `npm run figures` records those of new versions.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { methods } from '../src/explain/attribution/methods/registry.ts';
import { parts } from '../src/explain/attribution/parts.ts';
import type { AttributionSelection } from '../src/explain/attribution/result.ts';
import { circulate, circulationVersion } from '../src/explain/circulation/circulate.ts';
import type { CirculationStep } from '../src/explain/circulation/event.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LoadedModel } from '../src/inference/loaded-model.ts';
import { Reference } from './reference/reference.ts';

const file = new URL('./reference/figures.json', import.meta.url);

/** Plain, gated, grouped, parallel, softcapped, normed queries, no MLP: every path of the arithmetic. */
const checkpoints = [
  'gpt2-plain',
  'llama-grouped',
  'gpt-neox-parallel',
  'gemma2-softcapped',
  'phi-normed',
  'attention-only-plain',
];

/** By checkpoint, each a summary of all numbers; see `summaryOf`. */
export type Figures = Readonly<Record<string, readonly number[]>>;

/** Of the largest number: below this there is nothing but rounding. */
const rounding = 1e-6;

/** What parity promises, of the largest number. */
export const tolerance = 1e-4;

/** By `NAME@version`. */
export async function recordedFigures(): Promise<Readonly<Record<string, Figures>>> {
  return JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
}

export async function currentFigures(): Promise<Record<string, Figures>> {
  const all: Record<string, Record<string, number[]>> = {};
  const record = (name: string, version: number, checkpoint: string, figures: unknown) => {
    const key = `${name}@${version}`;
    all[key] ??= {};
    all[key][checkpoint] = summaryOf(figures);
  };
  for (const checkpoint of checkpoints) {
    const reference = new Reference(checkpoint);
    const model = await reference.load();
    const { ids, targets } = reference.prompts[1] as (typeof reference.prompts)[number];
    const kinds = [undefined, 'LOG_PROBABILITY', 'PROBABILITY'] as const;
    const asked = targets.flatMap(({ position, token, against }) =>
      kinds.map((kind) => ({ position, token, against, kind })),
    );
    for (const { name, version } of methods) {
      const answers = [];
      for (const target of asked) {
        const { tokens, positions, bias, intercept, embedding } = await ask(model, ids, target, name, {});
        answers.push({ tokens, positions, bias, intercept, embedding });
      }
      record(name, version, checkpoint, answers);
    }
    for (const { name, version, examples } of parts) {
      const answers = [];
      for (const target of asked) answers.push((await ask(model, ids, target, 'FROZEN', examples)).grains);
      record(name, version, checkpoint, answers);
    }
    const steps: unknown[] = [];
    for (const target of asked) {
      const request = { inputIds: ids, track: [0, 2], target, layers: model.specification.layerCount, top: 3 };
      await circulate(model, request, new Gate(), async (step) => void steps.push(timeless(step)));
    }
    record('CIRCULATION', circulationVersion, checkpoint, steps);
    await model.release();
  }
  return all;
}

function ask(
  model: LoadedModel,
  inputIds: readonly number[],
  target: Parameters<typeof attribute>[1]['target'],
  method: string,
  selection: AttributionSelection,
) {
  const options = { steps: 4, baseline: null };
  return attribute(model, { inputIds, target, method, options, selection }, new Gate());
}

/** Without what another run has otherwise: the time, and what rounding leaves. */
function timeless(step: CirculationStep): unknown {
  if (step.type === 'LAYER') return { ...step, elapsed: 0 };
  return step.type === 'COMPLETED' ? { ...step, audit: undefined } : step;
}

/**
 * Of the numbers under each name the largest magnitude, and three sums relative to it with signs that no change of a
 * single number leaves as they are; zeros where all of them are what rounding leaves of larger ones. Ties that rounding decides (which of two equal edges comes first) do not occur in
 * random checkpoints.
 */
function summaryOf(figures: unknown): number[] {
  const all = [...numbersIn(figures, '')];
  const byName = Map.groupBy(all, ([name]) => name);
  const negligible = rounding * largestOf(all);
  return [...byName.keys()].sort().flatMap((name) => {
    const named = byName.get(name) ?? [];
    const largest = largestOf(named);
    if (largest <= negligible) return [0, 0, 0, 0];
    const numbers = named.map(([, value]) => value);
    const sums = [1, 2, 3].map((seed) =>
      numbers.reduce((sum, value, index) => sum + (value * signOf(index, seed)) / Math.max(largest, 1e-30), 0),
    );
    return [largest, ...sums].map((value) => Number(value.toPrecision(7)));
  });
}

function largestOf(numbers: readonly (readonly [name: string, value: number])[]): number {
  return numbers.reduce((most, [, value]) => Math.max(most, Math.abs(value)), 0);
}

function signOf(index: number, seed: number): number {
  const hash = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b);
  return (Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) >>> 31) * 2 - 1;
}

/** With the name of the innermost property that each is under. */
function* numbersIn(value: unknown, name: string): Generator<[name: string, value: number]> {
  if (typeof value === 'number') yield [name, value];
  else if (ArrayBuffer.isView(value)) for (const number of value as Float32Array) yield [name, number];
  else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) yield* numbersIn(part, Array.isArray(value) ? name : key);
  }
}

/** How far two summaries are apart, by the larger numbers. */
export function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? 0)) / Math.max(1, Math.abs(value))));
}

if (import.meta.main) {
  const [recorded, current] = [await recordedFigures(), await currentFigures()];
  const kept = Object.entries(current).map(([key, figures]) => [key, recorded[key] ?? figures] as const);
  await writeFile(file, `${JSON.stringify(Object.fromEntries(kept), null, 1)}\n`);
  const added = Object.keys(current).filter((key) => !(key in recorded));
  console.log(added.length > 0 ? `Recorded: ${added.join(', ')}` : 'No new versions');
}
