/** Where a question stands, in words and as a share of the whole. */

import { duration } from '../../format/number.ts';
import type { ModelEntry } from '../../state/models.ts';
import type { RunPhase } from '../../state/run.ts';

export interface Followed {
  readonly phase: RunPhase;
  readonly queue?: { readonly position: number /** ISO 8601. */; readonly expectedStart: string } | null | undefined;
  readonly model?: Pick<ModelEntry, 'name' | 'status' | 'progress'> | undefined;
  readonly started?: Started | undefined;
  /** Blocks that the pass up has passed, and the one back. */
  readonly passed: number;
  readonly attributed: number;
  /** Of what other methods count. */
  readonly done: number;
}

interface Started {
  readonly layerCount: number;
  readonly throughBlocks: boolean;
  readonly unit: 'BLOCKS' | 'STEPS' | 'TOKENS';
  readonly total: number;
}

export interface Standing {
  readonly words: string;
  /** Undefined: not known. */
  readonly done?: number;
  readonly total?: number;
}

/** @param now milliseconds, as of `Date.now()` */
export function standing(followed: Followed, now: number): Standing {
  const { phase, queue, model, started } = followed;
  if (phase === 'asking') return { words: 'Asking …' };
  if (phase === 'running' && started) return running(started, followed);
  if (queue) return { words: `Waiting: ${placeInLine(queue.position)}, ${until(queue.expectedStart, now)}` };
  if (model?.status === 'LOADING') {
    const { loaded = 0, total = 0 } = model.progress ?? {};
    const parts = total > 0 ? `: ${loaded} of ${total} parts` : ' …';
    return { words: `Loading ${model.name}${parts}`, ...(total > 0 && { done: loaded, total }) };
  }
  return { words: 'Starting …' };
}

function running(
  { layerCount, throughBlocks, unit, total }: Started,
  { passed, attributed, done }: Followed,
): Standing {
  if (!throughBlocks) {
    const what = { BLOCKS: 'layers passed', STEPS: 'steps taken', TOKENS: 'tokens taken out' }[unit];
    return { words: `${done} of ${total} ${what}`, done, total };
  }
  const words =
    attributed > 0
      ? `Back through the model: ${attributed} of ${layerCount} layers`
      : `Up through the model: ${passed} of ${layerCount} layers`;
  return { words, done: passed + attributed, total: 2 * layerCount };
}

const ordinals = ['next', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];

/** `third in line`. */
export function placeInLine(position: number): string {
  const word = ordinals[position - 1];
  return word ? `${word} in line` : `number ${position} in line`;
}

function until(moment: string, now: number): string {
  const seconds = (Date.parse(moment) - now) / 1000;
  return seconds < 0.5 ? 'about to begin' : `about ${duration(Math.max(1, Math.round(seconds)))}`;
}
