/** When a model's weights are packed. */
import type { Weights } from '../../onnx/weights.ts';

/** LEAN or PACKED always, or as it pays. */
export type WeightsSetting = 'auto' | 'lean' | 'packed';

/**
 * Passes through all blocks after which packed weights have paid. Measured on two cores: packing takes what 12 passes save
 * (GPT-2 small, float32), 16 to 30 (SmolLM2 135M, bfloat16), 30 to 45 (1.1 billion parameters, bfloat16), of whatever length:
 * what they save is a conversion of every weight.
 */
export const passesThatPay = 32;

/** A model in a process, before a job. */
export interface Packing {
  /** How the process has its weights; undefined: it has none yet. */
  readonly held: Weights | undefined;
  /** Through all blocks, that the process has made, and those of the job. */
  readonly passes: number;
  /** Whether there is room for packed weights beside all else that is in memory. */
  readonly fits: boolean;
}

/**
 * A model begins LEAN: its first answer comes at once. It is PACKED once it was asked so much that this would have paid from
 * the beginning; so no order of questions takes more than about twice what it would have taken had they been known before.
 * Nothing else leaves memory for it. LEAN again it is where there is no room.
 */
export function weightsFor(setting: WeightsSetting, { held, passes, fits }: Packing): Weights {
  if (setting !== 'auto') return setting === 'lean' ? 'LEAN' : 'PACKED';
  return fits && (held === 'PACKED' || passes >= passesThatPay) ? 'PACKED' : 'LEAN';
}
