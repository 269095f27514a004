import type { CatalogueModel } from '../inference/catalogue.ts';
import type { Subject } from './types.ts';

/** A model as runs remember it: with the revision of its files. */
export async function subjectOf({ name, checkpoint }: Pick<CatalogueModel, 'name' | 'checkpoint'>): Promise<Subject> {
  const { folder, fingerprint, tokenizer } = checkpoint;
  // Questions that are asked together share their prompt.
  const texts = new WeakMap<readonly number[], string>();
  const textOf = (inputIds: readonly number[]) => {
    const text = texts.get(inputIds) ?? tokenizer.decode(inputIds);
    texts.set(inputIds, text);
    return text;
  };
  const spell = (ids: readonly number[]) => tokenizer.spell(ids);
  return { name, folder, fingerprint, revision: await checkpoint.revision(), textOf, spell };
}
