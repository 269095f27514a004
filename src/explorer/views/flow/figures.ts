/** What the flow is drawn from: the figures of both runs, block by block, as far as they have told them. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { type TargetWords, targetWords } from '../../format/target.ts';
import type {
  AttributionCompleted,
  AttributionStarted,
  LayerAttributed,
  LayerPassed,
} from '../../state/attribution.ts';
import type { CirculationStarted, LayerCirculated } from '../../state/circulation.ts';

export type Followed = LayerCirculated['tracked'][number];
export type Said = LayerCirculated['target'];

/** A block. */
export interface Depth {
  readonly layer: number;
  /** Milliseconds that the block took. */
  readonly elapsed: number;
  /** Of each followed token; empty until the circulation has passed the block. */
  readonly followed: readonly Followed[];
  /** What the model would say at the target position, if it ended here. */
  readonly says: Said | undefined;
  /** Where the target stands in that. */
  readonly target: Said | undefined;
  /** What it writes straight to what is explained, in units that all blocks share. */
  readonly writes: Writes | undefined;
}

export interface Writes {
  readonly attention: number;
  readonly mlp: number | null;
}

export interface Flow {
  readonly tokens: readonly TokenPartsFragment[];
  readonly layerCount: number;
  /** Tokens that are followed, in the order of their hues. */
  readonly followed: readonly TokenPartsFragment[];
  /** The position whose next token is explained. */
  readonly position: number;
  /** What is explained. */
  readonly words: TargetWords;
  /** From block 0 up to the last one that either run has passed. */
  readonly depths: readonly Depth[];
  /** How many of them are passed by what grows: the way of the followed tokens, until there is one the attribution's pass. */
  readonly passed: number;
  /** Are `writes` in the unit of what is explained (true), or up to one factor that only the end tells (false)? */
  readonly isFinal: boolean;
}

/** What the two runs have told. */
export interface Told {
  readonly attribution: {
    readonly started: AttributionStarted | undefined;
    readonly passed: readonly (LayerPassed | undefined)[];
    readonly attributed: readonly (LayerAttributed | undefined)[];
    readonly completed: AttributionCompleted | undefined;
  };
  readonly circulation:
    | { readonly started: CirculationStarted | undefined; readonly layers: readonly (LayerCirculated | undefined)[] }
    | undefined;
}

/** @returns undefined as long as not even the prompt's tokens are known */
export function flowOf({ attribution, circulation }: Told): Flow | undefined {
  const { started, passed, attributed, completed } = attribution;
  const known = circulation?.started ?? started;
  if (!known) return undefined;
  const isFinal = completed !== undefined && attributed.length > 0;
  const followedAt = circulation?.layers ?? [];
  const target = completed?.target ?? started?.requested;
  return {
    tokens: known.tokens,
    layerCount: known.layerCount,
    followed: circulation?.started?.tracked ?? nobody,
    position: target?.position ?? known.tokens.length - 1,
    words: targetWords(target ?? unknown),
    depths: Array.from({ length: Math.max(followedAt.length, passed.length) }, (_, layer) => {
      const [circulated, pass] = [followedAt[layer], passed[layer]];
      return {
        layer,
        elapsed: (circulated ?? pass)?.elapsed ?? 0,
        followed: circulated?.tracked ?? none,
        says: circulated?.lens[0] ?? pass?.lens[0],
        target: circulated?.target ?? pass?.target,
        writes: isFinal ? direct(attributed[layer]) : (pass?.provisional ?? undefined),
      };
    }),
    passed: circulation?.started ? followedAt.length : passed.length,
    isFinal,
  };
}

/** As long as only the circulation has begun. */
const unknown = { token: null, against: null, kind: 'LOGIT' } as const;
const none: readonly Followed[] = [];
const nobody: readonly TokenPartsFragment[] = [];

function direct(layer: LayerAttributed | undefined): Writes | undefined {
  return layer && { attention: layer.attention.direct, mlp: layer.mlp?.direct ?? null };
}

/** Is the same drawn of both? */
export function isSameDepth(one: Depth | undefined, other: Depth | undefined): boolean {
  if (!one || !other) return one === other;
  return (
    one.followed === other.followed &&
    one.says === other.says &&
    one.target === other.target &&
    one.writes?.attention === other.writes?.attention &&
    one.writes?.mlp === other.writes?.mlp
  );
}

/** The largest of a figure of the followed tokens over all blocks and positions; 0 where there is none. */
export function largestOfFollowed(
  depths: readonly Depth[],
  figure: (token: Followed) => readonly number[],
  counts: (token: Followed, position: number) => boolean = () => true,
): number {
  let largest = 0;
  for (const { followed } of depths)
    for (const token of followed)
      for (const [position, value] of figure(token).entries())
        if (value > largest && counts(token, position)) largest = value;
  return largest;
}
