/** Follows one circulation in the terminal, block by block as it happens, then shows the attribution of the same prompt. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startServer } from '../server/server.ts';
import { readSettings } from '../settings.ts';
import { TributaryClient } from './client.ts';
import {
  CirculationDocument,
  type CirculationEventPartsFragment,
  LogitAttributionDocument,
} from './generated/graphql.ts';
import { bad, bar, bold, dim, good, heat, shade } from './paint.ts';

const model = 'sample';
const text = 'When Mary and John went to the store, John gave a drink to';
const tracked = 1;
const target = { token: { text: ' Mary' }, against: { text: ' John' } };

type Layer = Extract<CirculationEventPartsFragment, { __typename: 'LayerCirculated' }>;

const settings = readSettings(process.env);
const { url, close } = await server();
const client = new TributaryClient(url);
try {
  await showCirculation(client);
  await showAttribution(client);
  console.log(dim(`\nAsk your own questions: npm start, then http://localhost:${settings.port}/graphql`));
} finally {
  await client.close();
  await close();
}

/** The running server, or one for the time of the demo. */
async function server(): Promise<{ url: string; close(): Promise<void> }> {
  const running = `http://localhost:${settings.port}/graphql`;
  const healthy = await fetch(running.replace('/graphql', '/health')).then(
    ({ ok }) => ok,
    () => false,
  );
  if (healthy) return { url: running, close: async () => undefined };
  console.log(dim('No server is running; starting one for this demo …'));
  const folder = await mkdtemp(join(tmpdir(), 'tributary-demo-'));
  const own = await startServer(
    { ...settings, port: 0, databaseUrl: `file:${join(folder, 'demo.db')}` },
    pino({ level: 'silent' }),
  );
  const end = async () => {
    await own.close();
    await rm(folder, { recursive: true });
  };
  return { url: own.url, close: end };
}

async function showCirculation(from: TributaryClient): Promise<void> {
  console.log(`${bold('Circulation')}  ${text}${dim(' …')}`);
  const input = { model, prompt: { text }, track: [tracked], target, top: 3 };
  let strongest = 0;
  for await (const { circulation: event } of from.subscribe(CirculationDocument, { input })) {
    if (event.__typename === 'CirculationStarted') {
      const token = event.tracked[0]?.text ?? '';
      console.log(`Where the influence of ${bold(JSON.stringify(token))} is after each block, per position:\n`);
      console.log(`${''.padEnd(10)}${event.tokens.map(({ text: piece }) => piece.trim().charAt(0) || '·').join(' ')}`);
    } else if (event.__typename === 'LayerCirculated') {
      strongest = Math.max(strongest, ...(event.tracked[0]?.norm ?? []));
      showLayer(event, strongest);
    } else if (event.__typename === 'CirculationCompleted') {
      const [summary] = event.tracked;
      console.log(
        `\nIts share of the logit difference ${describeTarget(event.target)}: ${bold((summary?.score ?? 0).toFixed(3))}`,
      );
      console.log(audited(event.audit));
    } else throw new Error('message' in event ? event.message : `The circulation ended with ${event.__typename}`);
  }
}

function showLayer({ layer, elapsed, tracked: [token], lens }: Layer, strongest: number): void {
  const says = lens
    .map(({ token: { text: piece }, probability }) => `${piece.trim()} ${(probability * 100).toFixed(0)} %`)
    .join(', ');
  console.log(
    `block ${String(layer).padEnd(4)}${heat(token?.norm ?? [], strongest)}  ${dim(`${elapsed.toFixed(1)} ms  would say: ${says}`)}`,
  );
}

async function showAttribution(from: TributaryClient): Promise<void> {
  const { logitAttribution: answer } = await from.request(LogitAttributionDocument, {
    input: { model, prompt: { text }, target },
  });
  if (answer.__typename !== 'LogitAttribution') throw new Error(answer.message);
  const most = Math.max(...answer.tokens.map(({ score }) => Math.abs(score)));
  console.log(
    `\n${bold('Attribution')}  ${answer.tokens.map(({ token, score }) => shade(token.text, score / most)).join('')}`,
  );
  console.log(`Why ${describeTarget(answer.target)}:\n`);
  for (const { token, score } of answer.tokens)
    console.log(`${token.text.trim().padStart(10)} ${bar(score / most, 24)} ${score.toFixed(3)}`);
  console.log(`${'(biases)'.padStart(10)} ${bar(answer.bias / most, 24)} ${answer.bias.toFixed(3)}`);
  console.log(audited(answer.audit));
}

function describeTarget({ token, against }: { token: { text: string }; against: { text: string } | null }): string {
  return `${JSON.stringify(token.text)}${against ? ` rather than ${JSON.stringify(against.text)}` : ''}`;
}

function audited({
  logit,
  sum,
  relativeGap,
  passed,
}: {
  logit: number;
  sum: number;
  relativeGap: number;
  passed: boolean;
}): string {
  const verdict = passed ? good('adds up') : bad('does not add up');
  return `Audit: logit ${logit.toFixed(5)}, sum of all parts ${sum.toFixed(5)}, relative gap ${relativeGap.toExponential(1)}: ${verdict}`;
}
