import type { Catalogue, CatalogueModel } from '../../inference/catalogue.ts';
import type { RunRecord } from '../../runs/types.ts';
import { Failure, orFailure } from '../failures.ts';
import { type TokenReader, unknownTokens } from '../models/token.ts';

/** The model that a run was about; null when its checkpoint is gone or is another one now. */
export async function modelOf(
  { modelName, modelRevision }: RunRecord,
  { catalogue }: { readonly catalogue: Catalogue },
): Promise<CatalogueModel | null> {
  const model = await orFailure(async () => {
    const found = await catalogue.get(modelName);
    return (await found.checkpoint.revision()) === modelRevision ? found : null;
  });
  return model instanceof Failure ? null : model;
}

/** Reads the tokens of a run's model. A stored run is shown even without it, then with ids for texts. */
export function tokensOf(model: CatalogueModel | null): TokenReader {
  return model ? (id) => model.checkpoint.tokenizer.token(id) : unknownTokens;
}
