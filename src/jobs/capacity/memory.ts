/** How much memory of its own a process takes for a model's weights: from the sizes of its tensors alone. */
import { specificationOf } from '../../architecture/registry.ts';
import type { Block, Linear } from '../../architecture/specification.ts';
import { type ModelFiles, openModelFiles } from '../../checkpoint/checkpoint.ts';
import { holdsBlockWeights, isPacked } from '../../inference/loaded-model.ts';
import { pieceSize, type Weights } from '../../onnx/weights.ts';
import type { JobKind } from '../kinds/kind.ts';

/** Bytes for each set of graphs of all blocks, and for what exists once. */
interface Sizes {
  /** The unembedding, or what is converted at a time. */
  readonly ends: number;
  /** Sets whose weights are packed, if there are copies of them at all. */
  readonly packed: number;
  /** Such a set of those like `held`. */
  readonly packedHeld: number;
  /** Sets through which nothing flows to queries, keys and gates: they have no weights of these. */
  readonly held: number;
  /** A set that has what attention writes by alone. */
  readonly outputs: number;
  /** Any other set. */
  readonly whole: number;
  /** Packed like `packed`; its graphs are twice as large as others. */
  readonly circulation: number;
  /** Products of heads' weights, one or two blocks at a time. */
  readonly circuits: number;
  /** One block or the unembedding by itself, lean, whatever the others are. */
  readonly single: number;
}

/** Bytes of a process's own. What lies in the file is the system's, however many processes read it. */
export interface Footprint extends Readonly<Record<Weights, Sizes>> {
  /** In the weights of all blocks. */
  readonly numbers: number;
  readonly layers: number;
  /** Of a process that has the model, whatever it has of it. */
  readonly process: number;
}

/** Of a model of which nothing is known. */
export const nothingKnown: Footprint = (() => {
  const blocks = { packed: 0, packedHeld: 0, held: 0, outputs: 0, whole: 0, circulation: 0 };
  const none: Sizes = { ends: 0, ...blocks, circuits: 0, single: 0 };
  return { LEAN: none, PACKED: none, numbers: 0, layers: 0, process: 0 };
})();

const floatBytes = 4;
/**
 * Bytes of a process that has a model, without weights: its headers and graphs, the thread that reads ahead, and what JavaScript
 * has not collected (measured).
 */
const processBytes = 45e6;
/** Bytes of a block's session without its weights, a circulation's having twice as many, and of each piece in which they are converted (measured). */
const sessionBytes = 400_000;
const pieceBytes = 16_000;
/** Pieces that are there at once; and what of one malloc is left with for each session, cut up by what outlives it (measured). */
const piecesAtOnce = 3;
const spare = 0.05;

/** Reads the weights' headers alone. @throws TributaryError CHECKPOINT */
export async function footprintOf(folder: string): Promise<Footprint> {
  return footprintIn(await openModelFiles(folder));
}

export function footprintIn({ tensors, ...files }: ModelFiles): Footprint {
  const { unembedding, blocks, width } = specificationOf({ tensors, ...files });
  const isHalf = (name: string) => tensors.get(name)?.dtype !== 'F32';
  const shapeOf = (name: string) => tensors.get(name)?.shape ?? [];
  const table = [unembedding.weight, ...(unembedding.projection ? [unembedding.projection.map.weight] : [])];
  const ends = table.filter(isHalf).map((name) => productOf(shapeOf(name)));
  const sum = (maps: readonly Linear[]) => maps.reduce((numbers, map) => numbers + numbersOf(map, shapeOf), 0);
  const maps = blocks.map(mapsOf);
  const [held, whole] = [
    maps.flatMap(({ linear }) => linear),
    maps.flatMap(({ linear, others }) => [...linear, ...others]),
  ];

  const outputs = blocks.map(({ attention }) => attention.output);

  /** Bytes of what onnxruntime keeps a copy of when it folds: what is converted, and what is cut out of a whole, with the whole. */
  const copied = (used: readonly Linear[]) =>
    floatBytes * (sum(used.filter((map) => isHalf(map.weight) || isCut(map))) + sum(used.filter(isCut)));
  const numbers = sum(whole);
  const sessions = sessionBytes * blocks.length;
  const converted = [...whole.filter(({ weight }) => isHalf(weight)).map((map) => numbersOf(map, shapeOf)), ...ends];
  const pieces = converted.reduce((count, size) => count + Math.ceil(size / pieceSize), 0);
  const cut = whole.filter((map) => !isHalf(map.weight) && isCut(map)).map((map) => numbersOf(map, shapeOf));
  const piece = Math.max(0, ...converted.map((size) => Math.min(size, pieceSize)), ...cut);
  const lean = sessions + pieceBytes * pieces;
  const attention = Math.max(
    ...blocks.map(({ attention: { query, key, value, output } }) => sum([query, key, value, output])),
  );
  const circuits = floatBytes * (3 * attention + 6 * width ** 2);
  const single = sessionBytes + pieceBytes * pieces + floatBytes * piece * piecesAtOnce;
  return {
    numbers,
    layers: blocks.length,
    process: processBytes,
    LEAN: {
      ends: floatBytes * piece * (piecesAtOnce + spare * blocks.length),
      ...{ packed: lean, packedHeld: lean, held: lean, outputs: lean, whole: lean },
      ...{ circulation: lean + sessions, circuits, single },
    },
    PACKED: {
      ends: floatBytes * ends.reduce((total, size) => total + size, 0),
      ...{ packed: sessions + floatBytes * numbers, packedHeld: sessions + floatBytes * sum(held) },
      ...{ held: sessions + copied(held), outputs: sessions + copied(outputs), whole: sessions + copied(whole) },
      ...{ circulation: 2 * sessions + floatBytes * numbers, circuits, single },
    },
  };
}

/** A block's maps: those that stay linear when patterns and gates are held, and the others. */
function mapsOf({ attention, mlp }: Block): { readonly linear: Linear[]; readonly others: Linear[] } {
  return {
    linear: [attention.value, attention.output, ...(mlp ? [mlp.input, mlp.output] : [])],
    others: [attention.query, attention.key, ...(mlp?.gate ? [mlp.gate] : [])],
  };
}

/** Numbers of a map's weights: of those that it shares with others, its own. */
function numbersOf({ weight, layout, part }: Linear, shapeOf: (name: string) => readonly number[]): number {
  const shape = shapeOf(weight);
  const outputs = (layout === 'in,out' ? shape[1] : shape[0]) ?? 1;
  const share = part === undefined ? 1 : 'count' in part ? 1 / part.count : part.length / outputs;
  return share * productOf(shape);
}

function productOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether the map's weights do not lie together in the file. */
function isCut({ layout, part }: Linear): boolean {
  return part !== undefined && (layout === 'in,out' || 'count' in part);
}

/** The sets of block graphs that a job runs: those of `graphs`, which stay, and those that are gone at its end. */
export function graphSetsOf<Request>(kind: JobKind<Request>, request: Request): readonly string[] {
  return [...kind.graphs(request).filter(holdsBlockWeights), ...(kind.passing?.(request) ?? [])];
}

/** Of a process that has the sets. onnxruntime shares nothing of its own between sessions: each set takes memory for itself. */
export function memoryOf(footprint: Footprint, weights: Weights, graphSets: Iterable<string>): number {
  const sets = new Set(graphSets);
  return sets.size === 0 ? 0 : footprint.process + copiedFor(footprint, weights, sets);
}

/** … without what it takes to be there. */
export function copiedFor(footprint: Footprint, weights: Weights, graphSets: ReadonlySet<string>): number {
  const sizes = footprint[weights];
  return [...graphSets].reduce((sum, set) => sum + sizes[sizeOf(set)], graphSets.size === 0 ? 0 : sizes.ends);
}

function sizeOf(set: string): Exclude<keyof Sizes, 'ends'> {
  if (set === 'circuits' || set === 'circulation') return set;
  if (set === 'activations' || set === 'unembedding') return 'single';
  if (set === 'direct') return 'outputs';
  const held = set === 'reverse.FROZEN' || set === 'paths';
  if (isPacked(set)) return held ? 'packedHeld' : 'packed';
  return held ? 'held' : 'whole';
}
