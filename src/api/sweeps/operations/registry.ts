import type { AskedRow, RowRequest } from '../../../experiments/sweeps/row.ts';
import type { CatalogueModel } from '../../../inference/catalogue.ts';
import { attributionQuestion } from '../../attribution/request.ts';
import { circulationQuestion } from '../../circulation/request.ts';
import { selectionFrom } from '../../estimates/attribution-selection.ts';
import { generationQuestion } from '../../generation/request.ts';

export function askedRow(model: CatalogueModel, { operation, input, selection }: RowRequest): AskedRow {
  switch (operation) {
    case 'logitAttribution': {
      const questions = attributionQuestion(model, input as never);
      return { kind: 'LOGIT_ATTRIBUTION', questions, selection: selectionFrom(selection as never) };
    }
    case 'circulation':
      return { kind: 'CIRCULATION', input: circulationQuestion(model, input as never, []) };
    case 'generation':
      return { kind: 'GENERATION', input: generationQuestion(model, input as never, false) };
  }
}
