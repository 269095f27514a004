/** Shows an answer as it is written, and what each token of it comes from most. */
import type { TributaryClient } from '../client/client.ts';
import { GenerationDocument, type GenerationInput } from '../client/generated/graphql.ts';
import { bold, dim } from './paint.ts';

const strongest = 3;
const margin = 9;

export async function showAnswer(client: TributaryClient, input: GenerationInput): Promise<void> {
  /** Of prompt and answer. */
  const texts: string[] = [];
  let length = 0;
  for await (const { generation: event } of client.subscribe(GenerationDocument, { input })) {
    switch (event.__typename) {
      case 'GenerationStarted':
        console.log(`\n${bold('Answer')}: how the model goes on, and what each token comes from most\n`);
        texts.push(...event.tokens.map(({ text }) => text));
        length = texts.length;
        break;
      case 'TokenGenerated':
        texts.push(event.token.text);
        break;
      case 'TokenAttributed': {
        const { index = 0, scores = [], target } = event;
        const said = (texts[length + index] ?? '').trim().padStart(margin);
        const probability = dim(`${((target?.probability ?? 0) * 100).toFixed(0).padStart(3)} %`);
        console.log(`${said} ${probability}  ${sourcesOf(scores, texts).join('   ')}`);
        break;
      }
      case 'GenerationCompleted':
        break;
      default:
        throw new Error('message' in event ? event.message : `The answer ended with ${event.__typename}`);
    }
  }
}

function sourcesOf(scores: readonly number[], texts: readonly string[]): string[] {
  const sources = scores.map((score, position) => ({ score, text: (texts[position] ?? '').trim() }));
  const sorted = sources.sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
  return sorted
    .slice(0, strongest)
    .map(({ score, text }) => `${text} ${score > 0 ? '+' : '−'}${Math.abs(score).toFixed(2)}`);
}
