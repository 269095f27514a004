import type { AskRow } from '../../experiments/sweeps/row.ts';
import type { Catalogue } from '../../inference/catalogue.ts';
import { subjectOf } from '../runs/subject.ts';
import { askedRow } from './operations/registry.ts';

/** Asks rows of the models of a catalogue. */
export function askingBy(catalogue: Catalogue): AskRow {
  return async (row) => {
    const model = await catalogue.get(row.input.model);
    return { ...askedRow(model, row), subject: await subjectOf(model) };
  };
}
