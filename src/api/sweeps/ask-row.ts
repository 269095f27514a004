/** How a stored row becomes a question again: in the words of its operation. */
import type { AskRow, RowRequest } from '../../experiments/sweeps/row.ts';
import type { Catalogue, CatalogueModel } from '../../inference/catalogue.ts';
import { subjectOf } from '../../runs/subject.ts';
import { askedRow } from './operations/registry.ts';

/** For rows that are asked together: each model is looked up once. */
export function askingBy(catalogue: Catalogue): AskRow {
  const models = new Map<string, ReturnType<typeof found>>();
  return async (request: RowRequest) => {
    const { model: name } = request.input;
    const known = models.get(name) ?? found(catalogue, name);
    models.set(name, known);
    const { model, subject } = await known;
    return { ...askedRow(model, request), subject, specification: model.specification };
  };
}

async function found(catalogue: Catalogue, name: string) {
  const model: CatalogueModel = await catalogue.get(name);
  return { model, subject: await subjectOf(model) };
}
