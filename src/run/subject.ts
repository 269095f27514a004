import type { CatalogueModel } from '../model/catalogue.ts';
import type { Subject } from './types.ts';

/** A model as runs remember it: with the revision of its files. */
export async function subjectOf({ name, checkpoint }: CatalogueModel): Promise<Subject> {
  return { name, folder: checkpoint.folder, revision: await checkpoint.revision() };
}
