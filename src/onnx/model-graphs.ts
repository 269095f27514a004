/** The graphs of a model: for each block its forward, circulation, ablation and reverse graph; the two ends; the readouts. */
import type { Block, ModelSpecification } from '../architecture/specification.ts';
import { neuronsOf } from '../architecture/tensor-shapes.ts';
import { attentionPattern, type Positions } from './attention.ts';
import { circulateBlock } from './circulation.ts';
import { directContributions } from './direct.ts';
import { direction, embed, linearised, target } from './ends.ts';
import { type BlockTrace, forwardBlock } from './forward.ts';
import { cacheInputs, maskInput, pastInputs, positionInputs, readInputs, rotationInputs } from './inputs.ts';
import { pathParts, pathScores } from './paths.ts';
import type { ReadPositions } from './read-positions.ts';
import { contribution, headContributions, type MovesReadout, moves, strongestNeurons, tokenScores } from './readout.ts';
import { reverseBlock, type Saved } from './reverse.ts';
import { type RuleSet, ruleSets } from './rules/registry.ts';
import { skip, skipTransposed } from './skip.ts';
import { Graph, type GraphBytes, type Value, type WeightFiles } from './writer.ts';

/** What the forward graph saves beside the residual stream, by output name; absent parts are left out. */
function savedOutputs({ attention, mlp }: BlockTrace): Record<string, Value | undefined> {
  return {
    attention_out: attention.out,
    attention_raw: attention.raw,
    attention_scale: attention.scale,
    attention_post_scale: attention.postScale,
    query_input: attention.trace.queryInput,
    query: attention.trace.query,
    key_input: attention.trace.keyInput,
    key: attention.trace.key,
    pattern: attention.trace.pattern,
    value: attention.trace.value,
    z: attention.trace.z,
    mlp_out: mlp?.out,
    mlp_raw: mlp?.raw,
    mlp_scale: mlp?.scale,
    mlp_post_scale: mlp?.postScale,
    mlp_pre: mlp?.trace.pre,
    mlp_gate: mlp?.trace.gate,
  };
}

export class ModelGraphs {
  readonly model: ModelSpecification;
  readonly #files: WeightFiles;

  constructor(model: ModelSpecification, files: WeightFiles) {
    this.model = model;
    this.#files = files;
  }

  /** Input `ids`, output `x`; with learned positions also input `positions`, outputs `token_part` and `position_part`. */
  embedding(): GraphBytes {
    return this.#write('embedding', (g) => {
      const { x, token, position } = embed(g, this.model);
      g.output('x', x);
      if (position === undefined) return;
      g.output('token_part', token);
      g.output('position_part', position);
    });
  }

  /**
   * Input `x`, of all positions or of those that follow `past_key` and `past_value`; outputs `post` and everything of
   * `savedOutputs`: `key` and `value` with the past ones, and of the last block's MLP what it has where it is read.
   */
  forward(layer: number): GraphBytes {
    return this.#write(`forward.${layer}`, (g) => {
      const block = this.#block(layer);
      const x = g.input('x', 'F32', ['batch', 'position', this.model.width]);
      const variant = { continuation: pastInputs(g, this.model), at: this.#readPositions(g, layer) };
      const trace = forwardBlock(g, this.model, block, x, positionInputs(g, block), variant);
      g.output('post', trace.post);
      for (const [name, value] of Object.entries(savedOutputs(trace))) if (value) g.output(name, value);
    });
  }

  /**
   * All blocks one after the other, for positions behind those of a cache. Input `x`; of each group of `positionGroups`
   * `mask` and rotations, of each block `cached_key` and `cached_value`, each with its number behind its name. Outputs `post`,
   * after the last block; of each block its input `x` and everything of `savedOutputs`, keys and values the own ones alone.
   */
  step(): GraphBytes {
    return this.#write('step', (g) => {
      const { width, blocks } = this.model;
      const { groups, of } = positionGroups(blocks);
      const positions = groups.map((block, group) => g.part(group, () => positionInputs(g, block)));
      let x = g.input('x', 'F32', [1, 'position', width]);
      for (const [layer, block] of blocks.entries()) {
        const trace = g.part(layer, () => {
          const variant = { cached: cacheInputs(g, this.model), at: this.#readPositions(g, layer) };
          const trace = forwardBlock(g, this.model, block, x, positions[of[layer] as number] as Positions, variant);
          g.output('x', x);
          for (const [name, value] of Object.entries(savedOutputs(trace))) if (value) g.output(name, value);
          return trace;
        });
        x = trace.post;
      }
      g.output('post', x);
    });
  }

  /** Inputs and outputs as in `circulation.ts`. */
  circulation(layer: number): GraphBytes {
    return this.#write(`circulation.${layer}`, (g) => {
      const { width } = this.model;
      const integers = (name: string, count: string | number) => g.input(name, 'INT64', [count]);
      circulateBlock(g, this.model, this.#block(layer), {
        x: g.input('x', 'F32', [1, 'position', width]),
        shares: g.input('shares', 'F32', ['tracked', 'following', width]),
        track: integers('track', 'tracked'),
        headsOf: integers('heads_of', 'heads'),
        patternsOf: integers('patterns_of', 'patterns'),
        padding: integers('padding', 6),
        ones: g.input('ones', 'F32', [1, 'tracked']),
        places: {
          sampled: integers('sampled', 'sampled'),
          start: integers('start', 1),
          sizes: integers('sizes', 3),
          wholeSizes: integers('whole_sizes', 3),
          shape: integers('shape', 3),
        },
        positions: positionInputs(g, this.#block(layer)),
      });
    });
  }

  /** Inputs `x`, `keep_heads`, `keep_mlp` and `mean` as in `ablation.ts`; output `post`. */
  ablation(layer: number): GraphBytes {
    return this.#write(`ablation.${layer}`, (g) => {
      const x = g.input('x', 'F32', ['rows', 'position', this.model.width]);
      const block = this.#block(layer);
      const ablation = {
        keepHeads: g.input('keep_heads', 'F32', ['rows', this.model.headCount, 1, 1]),
        keepMlp: block.mlp && g.input('keep_mlp', 'F32', ['rows', 1, 1]),
        mean: g.input('mean', 'F32', [1]),
      };
      g.output('post', forwardBlock(g, this.model, block, x, positionInputs(g, block), { ablation }).post);
    });
  }

  /**
   * Inputs `grad`, `direct`, `at`, `later_value`, `later_key` and what the rule set needs of what the forward graph saves;
   * outputs as in `reverse.ts`.
   */
  reverse(ruleSet: RuleSet, layer: number): GraphBytes {
    return this.#write(`reverse.${ruleSet}.${layer}`, (g) => {
      const rules = ruleSets[ruleSet];
      const block = this.#block(layer);
      const { width } = this.model;
      const sensitivity = {
        grad: g.input('grad', 'F32', ['batch', 'position', width]),
        direct: g.input('direct', 'F32', ['batch', 'places', width]),
        at: g.input('at', 'INT64', ['batch', 'places', 2]),
        later: { value: this.#later(g, 'value'), key: rules.pattern === 'HELD' ? undefined : this.#later(g, 'key') },
      };
      const rotation = rules.pattern === 'HELD' ? {} : rotationInputs(g, block);
      const positions = { mask: maskInput(g), ...rotation };
      const saved = this.#savedButPattern(g, block, positions);
      reverseBlock(g, this.model, block, rules, sensitivity, saved, positions, this.#readPositions(g, layer));
    });
  }

  /** Inputs `x` [origins, position, width], `grad` [1, position, width] and what of the forward pass is held; see `paths.ts`. */
  paths(layer: number): GraphBytes {
    return this.#write(`paths.${layer}`, (g) => {
      const block = this.#block(layer);
      const { width } = this.model;
      const positions = { mask: maskInput(g) };
      pathParts(g, this.model, block, {
        x: g.input('x', 'F32', ['origins', 'position', width]),
        grad: g.input('grad', 'F32', [1, 'position', width]),
        saved: this.#savedButPattern(g, block, positions),
        positions,
      });
    });
  }

  /**
   * The residual connections of a block by themselves. Input `rows` [rows, position, width] and the scales of post norms;
   * outputs `after`, rows before the block taken through them, and `before`, rows after it taken back.
   */
  skip(layer: number): GraphBytes {
    return this.#write(`skip.${layer}`, (g) => {
      const { attention, mlp = {} } = this.#block(layer);
      const rows = g.input('rows', 'F32', ['others', 'position', this.model.width]);
      const saved = this.#saved(g, this.#block(layer));
      const scales = { attention: () => saved('attention_post_scale'), mlp: () => saved('mlp_post_scale') };
      g.output('after', skip(g, mlp, skip(g, attention, rows, scales.attention), scales.mlp));
      g.output('before', skipTransposed(g, attention, skipTransposed(g, mlp, rows, scales.mlp), scales.attention));
    });
  }

  /** Inputs `direct` [targets, 1, width], `at` [targets, 2] and what the forward pass has made; outputs as in `direct.ts`. */
  direct(layer: number): GraphBytes {
    return this.#write(`direct.${layer}`, (g) => {
      const block = this.#block(layer);
      const direct = g.input('direct', 'F32', ['targets', 1, this.model.width]);
      const at = g.input('at', 'INT64', ['targets', 2]);
      directContributions(g, this.model, block, { direct, at }, this.#saved(g, block));
    });
  }

  pathScores(): GraphBytes {
    return this.#write('path_scores', (g) => pathScores(g, this.model));
  }

  /** See `ends.ts`. */
  target(): GraphBytes {
    return this.#write('target', (g) => target(g, this.model));
  }

  direction(): GraphBytes {
    return this.#write('direction', (g) => direction(g, this.model));
  }

  linearised(): GraphBytes {
    return this.#write('linearised', (g) => linearised(g, this.model));
  }

  tokenScores(): GraphBytes {
    return this.#write('token_scores', (g) => tokenScores(g, this.model));
  }

  contribution(): GraphBytes {
    return this.#write('contribution', (g) => contribution(g, this.model));
  }

  headContributions(): GraphBytes {
    return this.#write('head_contributions', (g) => headContributions(g, this.model));
  }

  moves(readout: MovesReadout): GraphBytes {
    return this.#write('moves', (g) => moves(g, this.model, readout));
  }

  /** @param layer a block with an MLP; blocks whose MLPs have the same shape and activation share the graph. */
  strongestNeurons(layer: number): GraphBytes {
    const { mlp } = this.#block(layer);
    if (!mlp) throw new Error(`Block ${layer} has no MLP`);
    return this.#write('strongest_neurons', (g) => strongestNeurons(g, mlp, this.neuronCount(layer)));
  }

  /** Width of the block's MLP; 0 where it has none. */
  neuronCount(layer: number): number {
    return neuronsOf(this.#block(layer), this.#files.tensors);
  }

  #block(layer: number): Block {
    const block = this.model.blocks[layer];
    if (!block)
      throw new RangeError(`The model has ${this.model.layerCount} blocks, there is none with number ${layer}`);
    return block;
  }

  /** Inputs of the graph that the forward pass saved, made when they are first asked for. */
  #saved(g: Graph, block: Block): Saved {
    const inputs = new Map<string, Value>();
    return (name) => {
      const value = inputs.get(name) ?? g.input(name, 'F32', savedShape(this.model, block, name));
      inputs.set(name, value);
      return value;
    };
  }

  /**
   * The same, but the pattern is computed again from queries and keys: it grows with the square of the prompt, they do
   * not. At no length does that take longer than to bring it out of onnxruntime and back.
   */
  #savedButPattern(g: Graph, block: Block, positions: Pick<Positions, 'mask'>): Saved {
    const saved = this.#saved(g, block);
    const patterns: Value[] = [];
    return (name) => {
      if (name !== 'pattern') return saved(name);
      const projected = { query: saved('query'), key: saved('key') };
      if (patterns.length === 0) patterns.push(attentionPattern(g, block.attention, this.model, projected, positions));
      return patterns[0] as Value;
    };
  }

  #later(g: Graph, of: 'value' | 'key'): Value {
    return g.input(`later_${of}`, 'F32', ['later', 'later_heads', 'later_positions', 'later_width']);
  }

  /** Of the last block. */
  #readPositions(g: Graph, layer: number): ReadPositions | undefined {
    if (layer !== this.model.layerCount - 1 || !this.#block(layer).mlp) return undefined;
    return readInputs(g);
  }

  #write(name: string, build: (g: Graph) => void): GraphBytes {
    const g = new Graph(name, this.#files);
    build(g);
    return g.toBytes();
  }
}

/** Blocks that are told the same of positions. @returns the first block of each group, and of each block its group */
export function positionGroups(blocks: readonly Block[]): {
  readonly groups: readonly Block[];
  readonly of: readonly number[];
} {
  const groups: Block[] = [];
  const of = blocks.map((block) => {
    const same = groups.findIndex(
      ({ attention: { window, rotary } }) => window === block.attention.window && rotary === block.attention.rotary,
    );
    return same === -1 ? groups.push(block) - 1 : same;
  });
  return { groups, of };
}

/** Shape of what the forward graph saves under this name: numbers, or `rows`, `position`, `keys` and `neurons`. */
export function savedShape(model: ModelSpecification, { attention }: Block, name: string): (number | string)[] {
  const { width, headCount, keyValueHeadCount, headWidth } = model;
  if (name.endsWith('_scale')) return ['rows', 'position', 1];
  if (name === 'pattern') return ['rows', headCount, 'position', 'keys'];
  if (name === 'z' || name === 'query') return ['rows', headCount, 'position', headWidth];
  if (name === 'key' || name === 'value') return ['rows', keyValueHeadCount, 'keys', headWidth];
  if (name === 'query_input' || name === 'key_input') {
    const heads = name === 'query_input' ? headCount : keyValueHeadCount;
    const perHead = attention.queryNorm?.over === 'HEAD';
    return perHead ? ['rows', heads, 'position', headWidth] : ['rows', 'position', heads * headWidth];
  }
  if (name === 'mlp_pre' || name === 'mlp_gate') return ['rows', 'position', 'neurons'];
  return ['rows', 'position', width];
}
