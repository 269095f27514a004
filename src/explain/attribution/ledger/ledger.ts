/** The ledger of an attribution: figures that it tells block by block, while it is made. */

import type { Block, ModelSpecification } from '../../../architecture/specification.ts';
import { type Cost, type ModelCost, nothing, sum } from '../../../inference/cost.ts';
import type { ResolvedTarget, TargetRequest } from '../../../inference/target.ts';
import { keepsAll } from '../../../onnx/skip.ts';
import { lensCost, mostRows } from '../../held-lens.ts';
import { throughBlocks } from '../grains/grain.ts';
import { nameOf } from '../keys.ts';
import type { Part } from '../part.ts';
import type { AttributionRequest, AttributionSelection, Grain } from '../result.ts';

/** PROVISIONAL and LENS are told on the way up, TOTAL on the way down. */
export const ledgerFigures = ['PROVISIONAL', 'LENS', 'TOTAL'] as const;
export type LedgerFigure = (typeof ledgerFigures)[number];

declare module '../result.ts' {
  interface Grains {
    /** The figures are in the steps; here is what is known of them at the end: the scale of the final norm. */
    'ledger.PROVISIONAL': { readonly scale: number };
    /** Told in the steps: counted by how many tokens. */
    'ledger.LENS': null;
    /** Told in the steps, as in `layers`. */
    'ledger.TOTAL': null;
  }
}

export const ledgerKey = (figure: LedgerFigure) => `ledger.${figure}` as const;

/** Not a grain: what is read is told in steps. That a run's steps have it is stored as a part, so that it can be added. */
export const ledger: Part = {
  name: 'ledger',
  version: 1,
  examples: { 'ledger.PROVISIONAL': 1, 'ledger.LENS': 3, 'ledger.TOTAL': 1 },
  description:
    'What is told of each block as it is passed: provisional figures and the lens on the way up, totals on the way down.',
  exists: throughBlocks,
};

/** Of a selection what is told block by block. */
export function ledgerIn(selection: AttributionSelection): AttributionSelection {
  return Object.fromEntries(Object.entries(selection).filter(([key]) => nameOf(key) === ledger.name));
}

/** With the layers, of which the totals that are told are a part: told and stored they are the same figures. */
export function withLayers(selection: AttributionSelection): AttributionSelection {
  return tells(selection, 'TOTAL') ? { layers: 1, ...selection } : selection;
}

export function tells(selection: AttributionSelection, figure: LedgerFigure): boolean {
  return (selection[ledgerKey(figure) satisfies Grain] ?? 0) > 0;
}

/**
 * Whether what is written straight to the target is known before the end but for one factor: of a logit of one named token,
 * where no norm over the stream itself lies on the way.
 */
export function isForeseen(
  { blocks }: Pick<ModelSpecification, 'blocks'>,
  target: TargetRequest,
): target is ResolvedTarget {
  return isLogit(target) && blocks.every(keepsAll);
}

/** Of one named token. */
function isLogit({ token, kind, span }: TargetRequest): boolean {
  return token !== null && kind === undefined && span === undefined;
}

/** Outputs of a block's forward graph that are read on the way up. */
export function savedForLedger(selection: AttributionSelection, { attention, mlp }: Block): string[] {
  if (!tells(selection, 'PROVISIONAL')) return [];
  return ['attention_out', 'z', ...(mlp ? ['mlp_out'] : []), ...(attention.postNorm ? ['attention_post_scale'] : [])];
}

/** What telling it takes beside the passes and the grains. */
export function ledgerCost(
  model: ModelCost,
  { targets, selection }: Pick<AttributionRequest, 'targets' | 'selection'>,
  forward: Cost,
): Cost {
  const foreseen = targets.filter((target) => isForeseen(model.model, target)).length;
  return sum(
    tells(selection, 'PROVISIONAL') && foreseen > 0 ? model.direct(foreseen) : nothing,
    tells(selection, 'LENS') ? lensCost(model, forward, model.model.layerCount, targets.length) : nothing,
  );
}

/** Bytes that it has at work at the most. */
export function ledgerWork(model: ModelCost, selection: AttributionSelection): number {
  return tells(selection, 'LENS') ? model.activations.targetWork(mostRows) : 0;
}

/** The sessions that it needs. */
export function ledgerGraphs({ targets, selection }: Pick<AttributionRequest, 'targets' | 'selection'>) {
  return targets.some(isLogit) && tells(selection, 'PROVISIONAL') ? (['direction', 'direct'] as const) : [];
}
