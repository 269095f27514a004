import type { AskedRow, RowRequest } from '../../../experiments/sweeps/row.ts';
import type { CatalogueModel } from '../../../inference/catalogue.ts';
import { circulation } from './circulation.ts';
import { generation } from './generation.ts';
import { logitAttribution } from './logit-attribution.ts';
import type { SweepOperation } from './operation.ts';

/** Every operation that a sweep can ask. */
export const sweepOperations: readonly SweepOperation[] = [logitAttribution, circulation, generation];

/** @throws TributaryError as the operation itself would */
export function askedRow(model: CatalogueModel, row: RowRequest): AskedRow {
  const operation = sweepOperations.find(({ operation }) => operation === row.operation);
  if (!operation) throw new Error(`A sweep cannot ask a ${row.operation}`);
  return operation.ask(model, row);
}
