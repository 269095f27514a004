/** What of a block's forward pass can be told, one line each: where it is in the block, and which axes it has. */
import type { Block } from '../architecture/specification.ts';
import { ownPart, type Positions } from './attention.ts';
import type { BlockTrace } from './forward.ts';
import type { Graph, Value } from './writer.ts';

/**
 * STREAM: [position, width]. SCALE: [position]. NEURONS: [position, neurons]. HEADS: [head, position, headWidth], KEY_VALUE_HEADS
 * the same of heads that keys and values have. PAIRS: [head, position, position looked at].
 */
export type Axes = 'STREAM' | 'SCALE' | 'NEURONS' | 'HEADS' | 'KEY_VALUE_HEADS' | 'PAIRS';

export interface Hook {
  readonly axes: Axes;
  /** Absent: every block has it. */
  readonly isIn?: (block: Block) => boolean;
  /** Absent for the stream before and after the block, which pass through it anyway. @returns [1, …axes], SCALE with a last axis of 1 */
  readonly of?: (trace: BlockTrace, g: Graph, positions: Positions) => Value | undefined;
}

/** Stands where a position may not look, for −∞, which JSON does not have: the least float32. The softmax is the same. */
export const maskedScore = -3.4028234663852886e38;

const isRotated = ({ attention }: Block) => attention.rotary !== undefined || attention.queryNorm !== undefined;

const hooksByName = {
  residualBefore: { axes: 'STREAM' },
  residualBetween: {
    axes: 'STREAM',
    isIn: ({ parallel, mlp }) => !parallel && mlp !== undefined,
    of: ({ mid }) => mid,
  },
  residualAfter: { axes: 'STREAM' },
  attentionOutput: { axes: 'STREAM', of: ({ attention }) => attention.written },
  mlpOutput: { axes: 'STREAM', isIn: ({ mlp }) => mlp !== undefined, of: ({ mlp }) => mlp?.written },
  queries: { axes: 'HEADS', of: ({ attention }) => attention.trace.projectedQuery },
  keys: { axes: 'KEY_VALUE_HEADS', of: ({ attention }) => attention.trace.projectedKey },
  values: {
    axes: 'KEY_VALUE_HEADS',
    of: ({ attention }, g, positions) => ownPart(g, attention.trace.value, positions),
  },
  rotatedQueries: { axes: 'HEADS', isIn: isRotated, of: ({ attention }) => attention.trace.query },
  rotatedKeys: {
    axes: 'KEY_VALUE_HEADS',
    isIn: isRotated,
    of: ({ attention }, g, positions) => ownPart(g, attention.trace.key, positions),
  },
  scores: { axes: 'PAIRS', of: ({ attention }, g) => g.op('Max', [attention.trace.scores, g.float(maskedScore)]) },
  pattern: { axes: 'PAIRS', of: ({ attention }) => attention.trace.pattern },
  z: { axes: 'HEADS', of: ({ attention }) => attention.trace.z },
  mlpPre: {
    axes: 'NEURONS',
    isIn: ({ mlp }) => mlp !== undefined,
    of: ({ mlp }) => mlp?.trace.gate ?? mlp?.trace.pre,
  },
  mlpPreLinear: { axes: 'NEURONS', isIn: ({ mlp }) => mlp?.gate !== undefined, of: ({ mlp }) => mlp?.trace.pre },
  mlpPost: { axes: 'NEURONS', isIn: ({ mlp }) => mlp !== undefined, of: ({ mlp }) => mlp?.trace.act },
  attentionNormScale: {
    axes: 'SCALE',
    isIn: ({ attention }) => attention.norm !== undefined,
    of: ({ attention: { scale } }, g) => divisor(g, scale),
  },
  attentionPostNormScale: {
    axes: 'SCALE',
    isIn: ({ attention }) => attention.postNorm !== undefined,
    of: ({ attention: { postScale } }, g) => divisor(g, postScale),
  },
  mlpNormScale: {
    axes: 'SCALE',
    isIn: ({ mlp }) => mlp?.norm !== undefined,
    of: ({ mlp }, g) => divisor(g, mlp?.scale),
  },
  mlpPostNormScale: {
    axes: 'SCALE',
    isIn: ({ mlp }) => mlp?.postNorm !== undefined,
    of: ({ mlp }, g) => divisor(g, mlp?.postScale),
  },
} as const satisfies Record<string, Hook>;

export type HookName = keyof typeof hooksByName;

export const hooks: Readonly<Record<HookName, Hook>> = hooksByName;
export const hookNames = Object.keys(hooks) as readonly HookName[];

/** √(variance + ε), which the norm divides by. @param scale its reciprocal */
function divisor(g: Graph, scale: Value | undefined): Value | undefined {
  return scale && g.op('Reciprocal', [scale]);
}
