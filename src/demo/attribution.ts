/** Draws an attribution: the prompt in green and red, then a bar a token. */
import type { TributaryClient } from '../client/client.ts';
import { LogitAttributionDocument, type LogitAttributionInput } from '../client/generated/graphql.ts';
import { audited, described } from './audit.ts';
import { bar, bold, shade } from './paint.ts';

const width = 24;
const margin = 9;

export async function showAttribution(client: TributaryClient, input: LogitAttributionInput): Promise<void> {
  const { logitAttribution: answer } = await client.request(LogitAttributionDocument, { input });
  if (answer.__typename !== 'LogitAttribution') throw new Error(answer.message);
  const { tokens, bias, target, audit } = answer;
  const most = tokens.reduce((largest, { score }) => Math.max(largest, Math.abs(score)), Number.MIN_VALUE);
  console.log(`\n${bold('Attribution')}: what speaks for ${described(target)}, and what against\n`);
  console.log(`          ${tokens.map(({ token, score }) => shade(token.text, score / most)).join('')}`);
  console.log(audited(audit));
  console.log();
  const rows = [
    ...tokens.map(({ token, score }) => ({ name: token.text.trim(), score })),
    { name: '(biases)', score: bias },
  ];
  for (const { name, score } of rows)
    console.log(`${name.padStart(margin)} ${bar(score / most, width)} ${score.toFixed(3).padStart(8)}`);
}
