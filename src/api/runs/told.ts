/** Whether the stored events of a run tell what is selected of them. */
import type { GraphQLResolveInfo } from 'graphql';
import { TributaryError } from '../../errors.ts';
import { ledgerIn } from '../../explain/attribution/ledger/ledger.ts';
import type { OwnRuns } from '../../runs/own-runs.ts';
import type { RunRecord } from '../../runs/types.ts';
import { selectionOf } from '../attribution/selection.ts';
import { figuresOf, requireFigures } from '../circulation/selection.ts';

/** @throws TributaryError RUN_STATE where they do not */
export async function requireTold(
  run: RunRecord,
  { runs }: { readonly runs: OwnRuns },
  info: GraphQLResolveInfo,
): Promise<void> {
  requireFigures(run, figuresOf(info));
  const asked = ledgerIn(selectionOf(info));
  const untold = Object.keys(asked).length > 0 ? Object.entries(await runs.attributions.untold(run, asked)) : [];
  if (untold.length === 0) return;
  const figures = untold.map(([key, count]) => {
    const figure = key.slice(key.indexOf('.') + 1);
    return count && count > 1 ? `${figure} of ${count} tokens` : figure;
  });
  throw new TributaryError(
    'RUN_STATE',
    `Run ${run.id} does not tell ${figures.join(', ')} yet, for nobody had selected it; follow it by \`runEvents\`, or ask the same question by the subscription \`logitAttribution\`: both compute it and add it to the run`,
  );
}
