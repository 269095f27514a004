import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { Subject } from '../../runs/types.ts';

/** A model as runs remember it: with the revision of its files. */
export async function subjectOf({ name, checkpoint }: Pick<CatalogueModel, 'name' | 'checkpoint'>): Promise<Subject> {
  const { folder, fingerprint } = checkpoint;
  return { name, folder, fingerprint, revision: await checkpoint.revision() };
}
