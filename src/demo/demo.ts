/** Follows one circulation in the terminal, block by block as it happens, then shows the attribution of the same prompt, and its answer. */
import { TributaryClient } from '../client/client.ts';
import { readSettings } from '../settings.ts';
import { showAnswer } from './answer.ts';
import { showAttribution } from './attribution.ts';
import { showCirculation } from './circulation.ts';
import { bad, dim } from './paint.ts';
import { runningServer } from './running-server.ts';

const question = {
  model: 'sample',
  prompt: { text: 'When Mary and John went to the store, John gave a drink to' },
  target: { token: { text: ' Mary' }, against: { text: ' John' } },
};

try {
  const settings = readSettings(process.env);
  await using server = await runningServer(settings);
  const client = new TributaryClient(server.url);
  try {
    await showCirculation(client, { ...question, track: [1], top: 1 });
    await showAttribution(client, question);
    await showAnswer(client, { model: question.model, prompt: question.prompt });
  } finally {
    await client.close();
  }
  console.log(dim(`\nAsk your own questions: npm start, then open http://localhost:${settings.port}/graphql`));
} catch (error) {
  console.error(bad((error as Error).message));
  process.exitCode = 1;
}
