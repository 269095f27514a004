/** Draws a circulation: the prompt once a block, each token as warm as the influence that has reached it. */
import type { TributaryClient } from '../client/client.ts';
import {
  CirculationDocument,
  type CirculationEventPartsFragment,
  type CirculationInput,
} from '../client/generated/graphql.ts';
import { audited, described } from './audit.ts';
import { bold, dim, heat } from './paint.ts';

type Layer = Extract<CirculationEventPartsFragment, { __typename: 'LayerCirculated' }>;

const margin = 10;

/** @param input tracks one token */
export async function showCirculation(client: TributaryClient, input: CirculationInput): Promise<void> {
  let tokens: readonly string[] = [];
  for await (const { circulation: event } of client.subscribe(CirculationDocument, { input })) {
    switch (event.__typename) {
      case 'CirculationStarted':
        tokens = event.tokens.map(({ text }) => text);
        console.log(`${bold('Circulation')}: where the influence of ${quoted(event.tracked)} is, block by block\n`);
        console.log(`${' '.repeat(margin)}${tokens.join('')}   ${dim('would say')}`);
        break;
      case 'LayerCirculated':
        console.log(drawn(event, tokens));
        break;
      case 'CirculationCompleted':
        console.log(
          `\nIts share of the logit of ${described(event.target)}: ${bold((event.tracked[0]?.score ?? 0).toFixed(3))}`,
        );
        console.log(audited(event.audit));
        break;
      default:
        throw new Error('message' in event ? event.message : `The circulation ended with ${event.__typename}`);
    }
  }
}

/** Influence is drawn by the share of each position's residual stream that comes from the token. */
function drawn({ layer, elapsed, tracked: [token], lens: [top] }: Layer, tokens: readonly string[]): string {
  const cells = tokens.map((text, position) => heat(text, Math.abs(token?.share[position] ?? 0)));
  const says = top ? `${top.token.text.trim()} ${(top.probability * 100).toFixed(0)} %` : '';
  return `${`block ${layer}`.padEnd(margin)}${cells.join('')}   ${says} ${dim(`${elapsed.toFixed(1)} ms`)}`;
}

function quoted([token]: readonly { readonly text: string }[]): string {
  return bold(JSON.stringify(token?.text ?? ''));
}
