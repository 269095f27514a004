/** Draws an attribution: what passes through each block as the way back passes it, the prompt in green and red, a bar a token. */
import type { TributaryClient } from '../client/client.ts';
import {
  LiveLogitAttributionDocument,
  type LogitAttributionEventPartsFragment,
  type LogitAttributionInput,
} from '../client/generated/graphql.ts';
import { audited, described } from './audit.ts';
import { bar, bold, dim, shade } from './paint.ts';

type Layer = Extract<LogitAttributionEventPartsFragment, { __typename: 'LayerAttributed' }>;
type Completed = Extract<LogitAttributionEventPartsFragment, { __typename: 'AttributionCompleted' }>;

const width = 24;
const margin = 9;

export async function showAttribution(client: TributaryClient, input: LogitAttributionInput): Promise<void> {
  for await (const { logitAttribution: event } of client.subscribe(LiveLogitAttributionDocument, { input })) {
    switch (event.__typename) {
      case 'AttributionStarted':
        console.log(`\n${bold('Attribution')}: what passes through each block, on the way back from the logit\n`);
        break;
      case 'LayerPassed':
      case 'AttributionProgressed':
        break;
      case 'LayerAttributed':
        console.log(passed(event));
        break;
      case 'AttributionCompleted':
        console.log(`\nWhat speaks for ${described(event.target)}, and what against\n`);
        drawTokens(event);
        break;
      default:
        throw new Error('message' in event ? event.message : `The attribution ended with ${event.__typename}`);
    }
  }
}

function passed({ layer, attention, mlp, elapsed }: Layer): string {
  const figures = `attention ${figure(attention.total)}   MLP ${figure(mlp?.total ?? 0)}`;
  return `${`block ${layer}`.padStart(margin)} ${figures} ${dim(`${elapsed.toFixed(1)} ms`)}`;
}

function drawTokens({ tokens, bias, audit }: Completed): void {
  const most = tokens.reduce((largest, { score }) => Math.max(largest, Math.abs(score)), Number.MIN_VALUE);
  console.log(`          ${tokens.map(({ token, score }) => shade(token.text, score / most)).join('')}`);
  console.log(audited(audit));
  console.log();
  const rows = [
    ...tokens.map(({ token, score }) => ({ name: token.text.trim(), score })),
    { name: '(biases)', score: bias },
  ];
  for (const { name, score } of rows)
    console.log(`${name.padStart(margin)} ${bar(score / most, width)} ${figure(score)}`);
}

function figure(value: number): string {
  return value.toFixed(3).padStart(8);
}
