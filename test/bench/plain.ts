/** What tracing is measured against: the whole model as one onnxruntime graph that saves nothing on the way. */
import type { InferenceSession } from 'onnxruntime-node';
import type { Block, ModelSpecification } from '../../src/architecture/specification.ts';
import type { TensorEntry } from '../../src/checkpoint/types.ts';
import { PositionTensors } from '../../src/inference/positions.ts';
import { openSession } from '../../src/inference/session.ts';
import { integers, type Tensor, type Tensors } from '../../src/inference/tensor.ts';
import type { Positions } from '../../src/onnx/attention.ts';
import { embed, softcap, unembed } from '../../src/onnx/ends.ts';
import { forwardBlock } from '../../src/onnx/forward.ts';
import { Graph } from '../../src/onnx/writer.ts';

/** Logits of every position, as models are exported, or of the last alone. */
export type PlainRows = 'ALL' | 'LAST';

export class PlainModel {
  readonly #model: ModelSpecification;
  readonly #session: InferenceSession;
  readonly #inputs: readonly string[];

  private constructor(model: ModelSpecification, session: InferenceSession, inputs: readonly string[]) {
    this.#model = model;
    this.#session = session;
    this.#inputs = inputs;
  }

  static async open(
    model: ModelSpecification,
    tensors: ReadonlyMap<string, TensorEntry>,
    { folder, threads, rows }: { readonly folder: string; readonly threads: number; readonly rows: PlainRows },
  ): Promise<PlainModel> {
    const g = new Graph(`plain_${rows}`, { tensors, folder, weights: 'PACKED' });
    let { x } = embed(g, model);
    const positions = new PositionInputs(g);
    for (const block of model.blocks) x = forwardBlock(g, model, block, x, positions.of(block)).post;
    const last = () => g.op('Slice', [x, g.integers(-1), g.integers(Number.MAX_SAFE_INTEGER), g.integers(1)]);
    g.output('logits', softcap(g, model, unembed(g, model, rows === 'ALL' ? x : last()).logits));
    const { bytes, inputs } = g.toBytes();
    return new PlainModel(model, await openSession(bytes, { folder, threads, packed: true }), inputs);
  }

  /** @returns logits, [1, position or 1, vocabulary] */
  async run(ids: readonly number[]): Promise<Tensor> {
    const { blocks, embedding } = this.#model;
    const positions = new PositionTensors(ids.length);
    const feeds: Tensors = {
      ids: integers(ids, 1, ids.length),
      positions: integers(Array.from(ids, (_, position) => position + (embedding.position?.offset ?? 0))),
    };
    for (const block of blocks) {
      const names = namesOf(block);
      for (const [part, tensor] of Object.entries(positions.of(block))) feeds[names[part as keyof Positions]] = tensor;
    }
    const needed = Object.fromEntries(this.#inputs.map((name) => [name, feeds[name] as Tensor]));
    return (await this.#session.run(needed)).logits as Tensor;
  }
}

/** Masks and rotations as inputs of one graph: one for each kind that its blocks have. */
class PositionInputs {
  readonly #graph: Graph;
  readonly #known = new Set<string>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  of(block: Block): Positions {
    const { mask, cos, sin } = namesOf(block);
    const { rotary } = block.attention;
    const half = ['position', (rotary?.dimensions ?? 0) / 2];
    const square = this.#input(mask, ['position', 'position']);
    return { mask: square, ...(rotary && { cos: this.#input(cos, half), sin: this.#input(sin, half) }) };
  }

  #input(name: string, shape: readonly (string | number)[]): string {
    if (this.#known.has(name)) return name;
    this.#known.add(name);
    return this.#graph.input(name, 'F32', shape);
  }
}

/** Numbers of the rotations that have been met. */
const rotations = new Map<object, number>();

function namesOf({ attention: { window, rotary } }: Block): Record<keyof Positions, string> {
  if (rotary && !rotations.has(rotary)) rotations.set(rotary, rotations.size);
  const number = rotary && rotations.get(rotary);
  return { mask: `mask_${window ?? 'all'}`, cos: `cos_${number}`, sin: `sin_${number}` };
}
