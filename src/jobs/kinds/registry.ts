import { activations } from './activations.ts';
import { attribution } from './attribution.ts';
import { attributionBatch } from './attribution-batch.ts';
import { circuits } from './circuits.ts';
import { circulation } from './circulation.ts';
import { citedContext } from './cited-context.ts';
import { generation } from './generation.ts';
import type { JobKind } from './kind.ts';
import { lens } from './lens.ts';
import { prediction } from './prediction.ts';

/** Every kind that there is. */
export const jobKinds: readonly JobKind[] = [
  attribution,
  attributionBatch,
  circulation,
  circuits,
  prediction,
  activations,
  lens,
  generation,
  citedContext,
] as readonly unknown[] as readonly JobKind[];

/** @throws Error for a name of none */
export function jobKindOf(name: string): JobKind {
  const kind = jobKinds.find((one) => one.name === name);
  if (!kind) throw new Error(`There is no kind of job ${name}`);
  return kind;
}
