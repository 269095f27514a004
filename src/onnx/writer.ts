/** Writes ONNX graphs. Knows operators and tensors, nothing of transformers. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import protobuf from 'protobufjs';
import type { TensorEntry } from '../checkpoint/types.ts';
import { type FileRange, merged } from './file-range.ts';
import { pieceSize, type Weights } from './weights.ts';

/** The name of a tensor within one graph. */
export type Value = string;

/** A dimension: fixed, or a name for one that is known when the graph runs. */
export type Dimension = number | string;

/** Some rows of a weight: of its first dimension. */
export interface Rows {
  readonly start: number;
  readonly length: number;
}

type Attribute = number | string | readonly number[];

const schema = protobuf.parse(readFileSync(new URL('./onnx.proto', import.meta.url), 'utf8'), { keepCase: true }).root;
const ModelProto = schema.lookupType('onnx.ModelProto');

/** ONNX's numbers for element types. */
const elementTypes = { F32: 1, INT64: 7, F16: 10, F64: 11, BF16: 16 } as const;
const attributeTypes = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;
const externalData = 1;
const irVersion = 10;
const opsets = [
  { domain: '', version: 21 },
  { domain: 'com.microsoft', version: 1 },
];
/** Operators of onnxruntime's own domain. */
const contributed = new Set(['FusedMatMul', 'RotaryEmbedding']);

/** Attributes that ONNX declares as float even when their value is a whole number. */
const floatAttributes = new Set(['alpha', 'epsilon', 'beta']);

interface Node {
  readonly type: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A checkpoint's weights as graphs point to them. */
export interface WeightFiles {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** What the files' locations are relative to; onnxruntime is told the same folder. */
  readonly folder: string;
  /** LEAN: the sessions of the graphs fold nothing. */
  readonly weights: Weights;
  /** Numbers that are converted at once; default: `pieceSize`. */
  readonly pieceSize?: number | undefined;
}

export interface GraphBytes {
  readonly bytes: Uint8Array;
  /** What the graph reads of the weights' files, in order; what lies side by side is one range. */
  readonly weights: readonly FileRange[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export class Graph {
  readonly #name: string;
  readonly #files: WeightFiles;
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, object>();
  /** Of those initializers that lie in a file. */
  readonly #ranges = new Map<Value, FileRange>();
  readonly #casts = new Map<string, Value>();
  readonly #inputs: { name: string; proto: object }[] = [];
  readonly #outputs: { name: string; proto: object }[] = [];
  /** Values that leave the graph, and the name they leave under. */
  readonly #renamed = new Map<Value, string>();
  #next = 0;
  /** Stands behind the names of inputs and outputs. */
  #part = '';

  constructor(name: string, files: WeightFiles) {
    this.#name = name;
    this.#files = files;
  }

  get weights(): Weights {
    return this.#files.weights;
  }

  /** What `build` takes in and gives has the number behind its name: `x.3`. So many parts of a kind are in one graph. */
  part<Result>(number: number, build: () => Result): Result {
    this.#part = `.${number}`;
    try {
      return build();
    } finally {
      this.#part = '';
    }
  }

  input(input: string, type: 'F32' | 'INT64', dimensions: readonly Dimension[]): Value {
    const name = `${input}${this.#part}`;
    this.#inputs.push({ name, proto: valueInfo(name, type, dimensions) });
    return name;
  }

  /** Lets `value` leave the graph under this name. */
  output(output: string, value: Value, type: 'F32' | 'INT64' = 'F32'): void {
    const name = `${output}${this.#part}`;
    // An output is the value itself, not a copy; only what already has a name of its own is handed on.
    const named = this.#renamed.has(value) || this.#inputs.some((input) => input.name === value);
    this.#renamed.set(named ? this.op('Identity', [value]) : value, name);
    this.#outputs.push({ name, proto: valueInfo(name, type) });
  }

  /** One operator with one output. */
  op(type: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.ops(type, inputs, 1, attributes)[0] as Value;
  }

  /** One operator with `count` outputs. */
  ops(
    type: string,
    inputs: readonly Value[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const outputs = Array.from({ length: count }, () => `${type}_${this.#next++}`);
    this.#nodes.push({ type, inputs, outputs, attributes });
    return outputs;
  }

  /** A weight as it lies in the file, in its own type; or only some of its rows (first dimension). */
  stored(name: string, some?: Rows): Value {
    const { dtype, shape, file, offset, length } = this.entry(name);
    const rows = some?.length === shape[0] ? undefined : some;
    const value = rows ? `${name}[${rows.start}:${rows.start + rows.length}]` : name;
    if (!this.#initializers.has(value)) {
      const rowBytes = length / (shape[0] ?? 1);
      const range = rows
        ? { offset: offset + rows.start * rowBytes, length: rows.length * rowBytes }
        : { offset, length };
      this.#ranges.set(value, { file, ...range });
      this.#initializers.set(value, {
        name: value,
        dims: rows ? [rows.length, ...shape.slice(1)] : shape,
        data_type: elementTypes[dtype],
        data_location: externalData,
        external_data: [
          { key: 'location', value: relative(this.#files.folder, file) },
          { key: 'offset', value: String(range.offset) },
          { key: 'length', value: String(range.length) },
        ],
      });
    }
    return value;
  }

  /** A weight as float32; of a PACKED graph onnxruntime folds the conversion of one in another type when it loads it. */
  weight(name: string, rows?: Rows): Value {
    const stored = this.stored(name, rows);
    if (this.entry(name).dtype === 'F32') return stored;
    let cast = this.#casts.get(stored);
    if (cast === undefined) {
      cast = this.toFloat(stored);
      this.#casts.set(stored, cast);
    }
    return cast;
  }

  /** The rows of a weight in pieces, none larger than is converted at once; one piece where none is converted in a run. */
  pieces(name: string, rows?: Rows): readonly Rows[] {
    const { dtype, shape } = this.entry(name);
    const all = rows ?? { start: 0, length: shape[0] ?? 1 };
    if (this.weights === 'PACKED' || dtype === 'F32') return [all];
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    const most = Math.max(1, Math.floor((this.#files.pieceSize ?? pieceSize) / width));
    return Array.from({ length: Math.ceil(all.length / most) }, (_, index) => ({
      start: all.start + index * most,
      length: Math.min(most, all.length - index * most),
    }));
  }

  /** Converts whole numbers, truth values or floats of another precision to float32. */
  toFloat(value: Value): Value {
    return this.op('Cast', [value], { to: elementTypes.F32 });
  }

  toDouble(value: Value): Value {
    return this.op('Cast', [value], { to: elementTypes.F64 });
  }

  /** Where the weight `name` lies; a checkpoint without it never gets as far as a graph. */
  entry(name: string): TensorEntry {
    const entry = this.#files.tensors.get(name);
    if (!entry) throw new Error(`Graph ${this.#name} needs the tensor ${name}, which the checkpoint does not have`);
    return entry;
  }

  /** A vector of whole numbers: a shape, axes, positions. */
  integers(...values: number[]): Value {
    return this.#constant(`i${values.join('_')}`, 'INT64', [values.length], () => {
      const bytes = new BigInt64Array(values.map(BigInt));
      return new Uint8Array(bytes.buffer);
    });
  }

  /** A single float. */
  float(value: number): Value {
    return this.#constant(`f${value}`, 'F32', [], () => new Uint8Array(new Float32Array([value]).buffer));
  }

  floats(values: readonly number[]): Value {
    return this.#constant(
      `v${values.join('_')}`,
      'F32',
      [values.length],
      () => new Uint8Array(new Float32Array(values).buffer),
    );
  }

  /** What no output depends on is left out. */
  toBytes(): GraphBytes {
    const { nodes, used } = this.#needed();
    const model = {
      ir_version: irVersion,
      producer_name: 'tributary',
      opset_import: opsets,
      graph: {
        name: this.#name,
        node: nodes.map((node) => nodeProto(node, (value) => this.#renamed.get(value) ?? value)),
        initializer: [...this.#initializers].flatMap(([name, proto]) => (used.has(name) ? [proto] : [])),
        input: this.#inputs.map(({ proto }) => proto),
        output: this.#outputs.map(({ proto }) => proto),
      },
    };
    return {
      bytes: ModelProto.encode(model).finish(),
      weights: merged([...this.#ranges].flatMap(([name, range]) => (used.has(name) ? [range] : []))),
      inputs: this.#inputs.map(({ name }) => name),
      outputs: this.#outputs.map(({ name }) => name),
    };
  }

  #needed(): { nodes: readonly Node[]; used: ReadonlySet<Value> } {
    const used = new Set<Value>(this.#renamed.keys());
    const nodes: Node[] = [];
    // A node stands behind those that it reads.
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((output) => used.has(output))) continue;
      nodes.push(node);
      for (const input of node.inputs) used.add(input);
    }
    return { nodes: nodes.reverse(), used };
  }

  #constant(name: string, type: 'F32' | 'INT64', dims: number[], bytes: () => Uint8Array): Value {
    if (!this.#initializers.has(name)) {
      this.#initializers.set(name, { name, dims, data_type: elementTypes[type], raw_data: bytes() });
    }
    return name;
  }
}

function nodeProto({ type, inputs, outputs, attributes }: Node, nameOf: (value: Value) => string): object {
  return {
    op_type: type,
    name: outputs[0],
    domain: contributed.has(type) ? 'com.microsoft' : '',
    input: inputs.map(nameOf),
    output: outputs.map(nameOf),
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  };
}

function attribute(name: string, value: Attribute): object {
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: attributeTypes.string };
  if (typeof value === 'object') return { name, ints: value, type: attributeTypes.ints };
  if (floatAttributes.has(name)) return { name, f: value, type: attributeTypes.float };
  return { name, i: value, type: attributeTypes.int };
}

function valueInfo(name: string, type: 'F32' | 'INT64', dimensions?: readonly Dimension[]): object {
  const dim = dimensions?.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: elementTypes[type], ...(dim && { shape: { dim } }) } } };
}
