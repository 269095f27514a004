/** What tokens of runs are called in files that are taken along. */
import type { Catalogue } from '../../inference/catalogue.ts';
import type { TextsOf } from '../../runs/takeaway/token-rows.ts';
import { unknownTokens } from '../models/token.ts';
import { textOf, tokensOfRun } from './run-tokens.ts';

/** Of one file: each model is looked up once for it. */
export function textsOfRuns(catalogue: Catalogue): TextsOf {
  const context = { catalogue };
  return async (run) => {
    const read = await tokensOfRun(run, context);
    return {
      prompt: await textOf(run, context),
      token: (id) => (read === unknownTokens ? null : read(id).text),
    };
  };
}
