/** A model within one process: its graphs as onnxruntime sessions, made when first needed. */
import { dirname, sep } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { specificationOf } from '../architecture/registry.ts';
import type { ModelSpecification } from '../architecture/specification.ts';
import { tensorShapes } from '../architecture/tensor-shapes.ts';
import type { ModelFiles } from '../checkpoint/checkpoint.ts';
import { Tokenizer } from '../checkpoint/tokenizer.ts';
import type { TensorEntry } from '../checkpoint/types.ts';
import { TributaryError } from '../errors.ts';
import { ModelGraphs } from '../onnx/model-graphs.ts';
import type { RuleSet } from '../onnx/rules/registry.ts';
import type { Weights } from '../onnx/weights.ts';
import type { GraphBytes, WeightFiles } from '../onnx/writer.ts';
import { allFinite, notFinite } from './finite.ts';
import { PositionTensors } from './positions.ts';
import { onAccount } from './profile.ts';
import { ReadAhead } from './read-ahead.ts';
import { openSession } from './session.ts';
import { longestSlice, type Span } from './span.ts';
import type { Tensor, Tensors } from './tensor.ts';

/** Graphs that exist once for each block. */
export type BlockGraph =
  | 'forward'
  | 'circulation'
  | 'ablation'
  | 'paths'
  | 'skip'
  | 'direct'
  | ReverseGraph
  | 'strongestNeurons';
type ReverseGraph = `reverse.${RuleSet}`;
/** Graphs that exist once. */
export type SingleGraph =
  | 'embedding'
  | 'step'
  | 'target'
  | 'direction'
  | 'linearised'
  | 'tokenScores'
  | 'contribution'
  | 'headContributions'
  | 'pathScores'
  | MovesGraph;
/** Of the moves of a block, with so many marginals, and the strongest edges or not. */
export type MovesGraph = `moves.${number}` | `moves.${number}.edges`;

/**
 * What reads a sequence that grows: all blocks in one session where weights are packed, for a start of each takes longer than
 * much of what it does for one position; otherwise the forward graphs, which wait for their weights one by one.
 */
export type GrowingGraph = 'growing';

export interface LoadProgress {
  /** Graphs loaded so far and in all. */
  readonly loaded: number;
  readonly total: number;
}

interface Loaded {
  readonly session: InferenceSession;
  readonly graph: GraphBytes;
}

export class LoadedModel {
  readonly specification: ModelSpecification;
  readonly #graphs: ModelGraphs;
  readonly #files: WeightFiles;
  readonly #folder: string;
  /** Of the checkpoint, which the weights' files need not lie in. */
  readonly #checkpoint: string;
  #tokenizer: Promise<Tokenizer> | undefined;
  readonly #threads: number;
  readonly #sessions = new Map<string, Loaded>();
  readonly #reading = new ReadAhead();

  /** Positions that go through a block together, at the most: of any number the figures are the same. */
  longestSlice = longestSlice;

  /**
   * @param threads intra-op threads of every session
   * @param pieceSize numbers that lean weights are converted by; default: as is best
   */
  constructor(checkpoint: ModelFiles, threads: number, weights: Weights = 'PACKED', pieceSize?: number) {
    this.specification = specificationOf(checkpoint);
    this.#folder = commonFolder(checkpoint.tensors.values());
    this.#checkpoint = checkpoint.folder;
    this.#files = { tensors: checkpoint.tensors, folder: this.#folder, weights, pieceSize };
    this.#graphs = new ModelGraphs(this.specification, this.#files);
    this.#threads = threads;
  }

  get weights(): Weights {
    return this.#files.weights;
  }

  /** Opened when it is first asked for: only where an end depends on a text. @throws TributaryError CHECKPOINT */
  tokenizer(): Promise<Tokenizer> {
    this.#tokenizer ??= Tokenizer.open(this.#checkpoint);
    return this.#tokenizer;
  }

  /** What every block is told of positions; parameters as of `PositionTensors`. */
  positions(length: number, span?: Span, read?: Iterable<number>): PositionTensors {
    return new PositionTensors(length, span, read);
  }

  /** What `growing` is with these weights. */
  get growing(): 'step' | 'forward' {
    return this.weights === 'PACKED' ? 'step' : 'forward';
  }

  /** Milliseconds that blocks have waited for the thread that reads ahead; page faults within a run are not in it. */
  get waited(): number {
    return this.#reading.waited;
  }

  /**
   * Makes the sessions that a job is going to need.
   * @param onLoad called after each one that was not there yet
   * @param proceed called before each one; throws to stop
   */
  async prepare(
    graphs: readonly (BlockGraph | SingleGraph | GrowingGraph)[],
    onLoad: (progress: LoadProgress) => void,
    proceed: () => void,
  ): Promise<void> {
    const layers = [...this.specification.blocks.keys()];
    const asked = graphs.map((graph) => (graph === 'growing' ? this.growing : graph));
    const wanted = asked.flatMap((graph): { graph: BlockGraph | SingleGraph; layer: number | undefined }[] =>
      isBlockGraph(graph) ? layers.map((layer) => ({ graph, layer })) : [{ graph, layer: undefined }],
    );
    const missing = wanted.filter(({ graph, layer }) => !this.#sessions.has(keyOf(graph, layer)));
    let loaded = wanted.length - missing.length;
    for (const { graph, layer } of missing) {
      proceed();
      await this.#session(graph, layer);
      onLoad({ loaded: ++loaded, total: wanted.length });
    }
  }

  /**
   * Runs a graph that exists once. Feeds that it does not take are left aside.
   * @param outputs default all
   * @throws TributaryError CHECKPOINT when a result is not finite, for a weight is not, or too large
   */
  async run(graph: SingleGraph, feeds: Tensors, outputs?: readonly string[]): Promise<Tensors> {
    const loaded = await this.#session(graph, undefined);
    const out = await run(loaded, feeds, outputs);
    if (graph !== 'step') await this.#verify(Object.values(out), `its ${graph} graph`);
    else if (!allFinite(out.post as Tensor))
      await this.#verify([out.post as Tensor], await this.#faulty(loaded, feeds));
    return out;
  }

  /** Runs a block's graph, as `run` does. */
  async runBlock(graph: BlockGraph, layer: number, feeds: Tensors, outputs?: readonly string[]): Promise<Tensors> {
    const session = await this.#session(graph, layer);
    await this.#readAhead(session, graph, layer);
    const out = await onAccount(isReverseGraph(graph) ? 'back' : 'forward', layer, () => run(session, feeds, outputs));
    const streams = Object.keys(out).filter((name) => streamOutputs.has(name));
    await this.#verify(
      streams.map((name) => out[name] as Tensor),
      `block ${layer}`,
    );
    return out;
  }

  /** The weights of a block that is about to run are there then, and those of the next one are on their way. */
  async #readAhead({ graph: { weights } }: Loaded, graph: BlockGraph, layer: number): Promise<void> {
    // What is written straight to a logit is read off a block whose forward graph has just had the same weights.
    if (this.#files.weights === 'PACKED' || weights.length === 0 || graph === 'direct') return;
    await this.#reading.arrival(weights);
    const next = isReverseGraph(graph) ? layer - 1 : layer + 1;
    const after = this.#sessions.get(keyOf(graph, next)) ?? this.#sessions.get('target');
    if (after) this.#reading.order(after.graph.weights);
  }

  /** Runs a graph that is needed once: its session, and what it has of the weights, is gone afterwards. */
  runOnce(write: (files: WeightFiles) => GraphBytes, feeds: Tensors): Promise<Tensors> {
    return this.using(write, 'a product of weights', (runGraph) => runGraph(feeds));
  }

  /**
   * A graph that one job needs: its session, and what it has of the weights, is gone when `use` has ended. Its weights are
   * lean, whatever the others are.
   * @param where for the message of a result that is not finite
   */
  async using<Result>(
    write: (files: WeightFiles) => GraphBytes,
    where: string,
    use: (runGraph: (feeds: Tensors) => Promise<Tensors>) => Promise<Result>,
  ): Promise<Result> {
    // Folding would be done with one thread, and what it makes is needed for a few runs.
    const graph = write({ ...this.#files, weights: 'LEAN' });
    const session = await this.#load(graph, `over ${where}`, true);
    try {
      return await use(async (feeds) => {
        const out = await run({ session, graph }, feeds);
        await this.#verify(Object.values(out), where);
        return out;
      });
    } finally {
      await session.release();
    }
  }

  /** What a graph has to be given and what it gives. @param layer of a block's */
  async signatureOf(graph: BlockGraph | 'step', layer?: number): Promise<Pick<GraphBytes, 'inputs' | 'outputs'>> {
    return (await this.#session(graph, layer)).graph;
  }

  /** Gives the sessions' memory back; the model can be used again and loads anew. */
  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const { session } of sessions) await session.release();
    await this.#reading.close();
  }

  /** The block of a step that leaves what is not finite, for a message. */
  async #faulty(step: Loaded, feeds: Tensors): Promise<string> {
    const streams = this.specification.blocks.map((_, layer) => `x.${layer}`);
    const out = await run(step, feeds, streams);
    const entered = streams.findIndex((name) => !allFinite(out[name] as Tensor));
    return `block ${(entered === -1 ? streams.length : entered) - 1}`;
  }

  /** Here and not before any job: weights are gigabytes, results are not. @param where they came from */
  async #verify(results: readonly Tensor[], where: string): Promise<void> {
    if (results.every(allFinite)) return;
    const { tensors } = this.#files;
    const names = tensorShapes(this.specification, 0).keys();
    throw await notFinite(
      this.#folder,
      names.map((name) => tensors.get(name) as TensorEntry),
      where,
    );
  }

  async #session(name: BlockGraph | SingleGraph, layer: number | undefined): Promise<Loaded> {
    const key = keyOf(name, layer);
    const known = this.#sessions.get(key);
    if (known) return known;
    const graph = this.#write(name, layer);
    const loaded = { graph, session: await this.#load(graph, name) };
    this.#sessions.set(key, loaded);
    return loaded;
  }

  #write(name: BlockGraph | SingleGraph, layer: number | undefined): GraphBytes {
    if (isReverseGraph(name)) return this.#graphs.reverse(name.slice('reverse.'.length) as RuleSet, layer ?? 0);
    if (isMovesGraph(name)) {
      const [, marginals, edges] = name.split('.');
      return this.#graphs.moves({ marginals: Number(marginals), edges: edges !== undefined });
    }
    return isBlockGraph(name) ? this.#graphs[name](layer ?? 0) : this.#graphs[name]();
  }

  async #load(graph: GraphBytes, name: string, once = false): Promise<InferenceSession> {
    try {
      const folded = this.#files.weights === 'PACKED';
      const packed = folded && isPacked(name);
      const awake = name === 'step';
      return await openSession(graph.bytes, {
        folder: this.#folder,
        threads: this.#threads,
        packed,
        folded,
        once,
        awake,
      });
    } catch (error) {
      const message = `onnxruntime cannot load the graph ${name} of the model; \`npm run models -- check\` says why`;
      throw new TributaryError('CHECKPOINT', message, {}, { cause: error });
    }
  }
}

async function run({ session, graph }: Loaded, feeds: Tensors, outputs?: readonly string[]): Promise<Tensors> {
  const needed: Tensors = {};
  for (const input of graph.inputs) {
    const tensor = feeds[input];
    if (!tensor) throw new Error(`The graph needs ${input}, which was not given`);
    needed[input] = tensor;
  }
  return (await session.run(needed, outputs ?? graph.outputs)) as Tensors;
}

/** What a block hands on. Whatever in it is not finite spreads to these. */
const streamOutputs: ReadonlySet<string> = new Set(['post', 'shares_after', 'grad_before', 'bias', 'outs', 'grads']);

const blockGraphs: ReadonlySet<string> = new Set<BlockGraph>([
  'forward',
  'circulation',
  'ablation',
  'paths',
  'skip',
  'direct',
  'strongestNeurons',
]);

function isBlockGraph(graph: BlockGraph | SingleGraph | GrowingGraph): graph is BlockGraph {
  return blockGraphs.has(graph) || graph.startsWith('reverse.');
}

/**
 * Block graphs whose weights are packed where there are float32 copies of them: worth their memory in the passes that most
 * requests make, not in the others. They save a fifth of the way back of 64 tokens, a twentieth of that of 256.
 */
const packedGraphs: ReadonlySet<string> = new Set(['forward', 'step', 'growing', 'circulation', 'reverse.FROZEN']);

export function isPacked(graph: string): boolean {
  return packedGraphs.has(graph);
}

/** Whether the graphs of this kind have the weights of all blocks together. */
export function holdsBlockWeights(graph: BlockGraph | SingleGraph | GrowingGraph): boolean {
  return graph === 'growing' || (isBlockGraph(graph) && graph !== 'strongestNeurons');
}

function isReverseGraph(graph: BlockGraph | SingleGraph): graph is ReverseGraph {
  return graph.startsWith('reverse.');
}

function isMovesGraph(graph: BlockGraph | SingleGraph): graph is MovesGraph {
  return graph.startsWith('moves.');
}

function keyOf(graph: string, layer: number | undefined): string {
  return layer === undefined ? graph : `${graph}.${layer}`;
}

/** The deepest folder that holds every tensor's file: onnxruntime refuses data outside the one it is given. */
function commonFolder(tensors: Iterable<TensorEntry>): string {
  let common: string[] | undefined;
  for (const file of new Set(Array.from(tensors, ({ file }) => file))) {
    const parts = dirname(file).split(sep);
    const shared = common?.findIndex((part, index) => part !== parts[index]) ?? -1;
    common = common === undefined ? parts : shared === -1 ? common : common.slice(0, shared);
  }
  return common?.join(sep) || sep;
}
