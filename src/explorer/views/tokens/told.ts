/** What an explanation's attribution has told so far. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import type { Explanation } from '../../state/explanation.ts';
import type { Told } from './prediction.ts';

export function toldOf({ attribution }: Explanation): Told {
  const { started, passed, attributed, done, completed } = attribution;
  return {
    started: started.value,
    passed: passed.value,
    attributed: attributed.value,
    done: done.value,
    completed: completed.value,
  };
}

/** The prompt's tokens; undefined until the run has begun. */
export function tokensOf({ started, completed }: Told): readonly TokenPartsFragment[] | undefined {
  return started?.tokens ?? completed?.tokens.map(({ token }) => token);
}
