import { createContextCache } from '@pothos/core';
import type { TextReader } from '../../explain/groups/laid-text.ts';
import type { Catalogue, CatalogueModel } from '../../inference/catalogue.ts';
import type { RunRecord } from '../../runs/types.ts';
import { Failure, orFailure } from '../failures.ts';
import { type TokenReader, unknownTokens } from '../models/token.ts';

interface WithCatalogue {
  readonly catalogue: Catalogue;
}

/** The model that a run was about; null when its checkpoint is gone or is another one now. */
export async function modelOf(
  { modelName, modelRevision }: Pick<RunRecord, 'modelName' | 'modelRevision'>,
  { catalogue }: WithCatalogue,
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

const modelsIn = createContextCache(() => new Map<string, Promise<CatalogueModel | null>>());

/** The same, looked up once for a request: a list of runs names tokens of few models many times. */
function knownModelOf({ modelName, modelRevision }: RunRecord, context: WithCatalogue): Promise<CatalogueModel | null> {
  const models = modelsIn(context);
  const key = JSON.stringify([modelName, modelRevision]);
  const known = models.get(key) ?? modelOf({ modelName, modelRevision }, context);
  models.set(key, known);
  return known;
}

export async function tokensOfRun(run: RunRecord, context: WithCatalogue): Promise<TokenReader> {
  return tokensOf(await knownModelOf(run, context));
}

/** Reads the text of a run's tokens; null where its model is gone. */
export async function readerOf(run: RunRecord, context: WithCatalogue): Promise<TextReader | null> {
  return (await knownModelOf(run, context))?.checkpoint.tokenizer ?? null;
}

/** The text of a run's prompt: as it was stored, or else as its model reads it; null where that is gone. */
export async function textOf(run: RunRecord, context: WithCatalogue): Promise<string | null> {
  if (run.promptText !== null) return run.promptText;
  return (await knownModelOf(run, context))?.checkpoint.tokenizer.decode(run.question.input.inputIds) ?? null;
}

/** The text of a part of a run's prompt, from a position on and before another; null where its model is gone. */
export async function textIn(run: RunRecord, from: number, to: number, context: WithCatalogue): Promise<string | null> {
  const model = await knownModelOf(run, context);
  return model?.checkpoint.tokenizer.decode(run.question.input.inputIds.slice(from, to)) ?? null;
}
