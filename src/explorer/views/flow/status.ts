/** How far it is, in a line. */
import { duration } from '../../format/number.ts';
import type { RunPhase } from '../../state/run.ts';

export interface Progress {
  readonly phase: RunPhase;
  /** Blocks that are known. */
  readonly passed: number;
  readonly layerCount: number;
  /** Milliseconds that they took. */
  readonly elapsed: number;
  /** Before it in the queue, as it started. */
  readonly ahead: number | undefined;
  readonly isConnected: boolean;
  /** What is followed: the attribution's own pass, until tokens are. */
  readonly what: 'attribution' | 'circulation';
}

export interface Status {
  readonly text: string;
  readonly tone: 'live' | 'waiting' | 'ended' | 'problem';
}

export function statusOf({ phase, passed, layerCount, elapsed, ahead, isConnected, what }: Progress): Status {
  const layers = `layer ${passed} of ${layerCount}`;
  const all = `${passed} ${passed === 1 ? 'layer' : 'layers'}`;
  const time = duration(elapsed / 1000);
  const isOver = phase === 'completed' || phase === 'failed' || phase === 'cancelled' || phase === 'refused';
  if (!isConnected && !isOver) return { text: `connecting again · ${layers} so far`, tone: 'waiting' };
  switch (phase) {
    case 'asking':
      return { text: 'asking', tone: 'waiting' };
    case 'waiting':
      return { text: ahead ? `waiting · ${ahead} before it` : 'waiting for the first layer', tone: 'waiting' };
    case 'running':
      return { text: `live · ${layers} · ${time}`, tone: 'live' };
    case 'completed':
      if (what === 'circulation') return { text: `${all} in ${time}`, tone: 'ended' };
      return { text: passed > 0 ? `attributed · ${all}, ${time}` : 'attributed', tone: 'ended' };
    case 'cancelled':
      return { text: `stopped at ${layers}`, tone: 'problem' };
    case 'failed':
      return { text: `failed after ${layers}`, tone: 'problem' };
    case 'refused':
      return { text: 'refused', tone: 'problem' };
  }
}
