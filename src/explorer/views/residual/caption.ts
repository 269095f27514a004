/** The residual stream's figures in words. */

import { rounded, signed } from '../../format/number.ts';
import type { TargetWords } from '../../format/target.ts';
import { type Ledger, type Part, type PartKind, partName } from './ledger.ts';

/** @param end what is explained, as the audit has it */
export function ledgerCaption({ steps }: Ledger, end: number, { name, value }: TargetWords): string {
  const written = steps.filter(({ kind }) => kind !== 'intercept');
  const [most, least] = [extreme(written, 1), extreme(written, -1)];
  const whole = `the ${value} of ${name} (${rounded(end)})`;
  const parts = [
    most && most.direct > 0 && `${the(most)} writes most for ${whole}: ${signed(most.direct)}`,
    least &&
      least.direct < 0 &&
      `${the(least)} writes most against ${most && most.direct > 0 ? 'it' : whole}: ${signed(least.direct)}`,
  ].filter(Boolean);
  return parts.map((part) => `${part}.`).join(' ');
}

/** As long as the figures come in: on the way up the provisional ones, then on the way down the final ones. */
export function progressCaption(down: number, up: number, layerCount: number): string {
  if (down > 0) return `${down} of ${layerCount} layers are known, from the last one down.`;
  if (up > 0) return `${up} of ${layerCount} layers are passed. Outlines are up to one factor, which the end tells.`;
  return 'What each layer writes will stand here once the model has passed it.';
}

/** `embedding −0.05 + attention −1.01 + MLPs +19.8 + biases after the layers −0.07`: sums over all layers. */
export function ledgerSum({ steps }: Ledger): { readonly name: string; readonly value: number }[] {
  const names: readonly (readonly [PartKind, string])[] = [
    ['embedding', 'embedding'],
    ['attention', 'all attention'],
    ['mlp', 'all MLPs'],
    ['behind', 'biases after the layers'],
    ['intercept', 'intercept'],
  ];
  return names.flatMap(([kind, name]) => {
    const of = steps.filter((step) => step.kind === kind);
    return of.length === 0 ? [] : [{ name, value: of.reduce((sum, { direct }) => sum + direct, 0) }];
  });
}

function extreme(steps: readonly Part[], sign: 1 | -1): Part | undefined {
  return steps.toSorted((one, other) => sign * (other.direct - one.direct))[0];
}

function the({ kind, layer }: Part): string {
  return layer === undefined ? `The ${partName({ kind })}` : `The ${partName({ kind })} of layer ${layer}`;
}
