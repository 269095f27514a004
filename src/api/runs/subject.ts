import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { Subject } from '../../runs/types.ts';

/** A model as runs remember it: with the revision of its files. */
export async function subjectOf({ name, checkpoint }: Pick<CatalogueModel, 'name' | 'checkpoint'>): Promise<Subject> {
  const { folder, fingerprint, tokenizer } = checkpoint;
  const textOf = (inputIds: readonly number[]) => tokenizer.decode(inputIds);
  return { name, folder, fingerprint, revision: await checkpoint.revision(), textOf };
}
