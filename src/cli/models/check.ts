/** `check`: can a model be run, does its attribution add up, and how fast is it? */
import { Command } from 'commander';
import { unreadKeys } from '../../architecture/registry.ts';
import { TributaryError } from '../../errors.ts';
import { Catalogue, type CatalogueOptions } from '../../inference/catalogue.ts';
import { forwardPass } from '../../inference/forward-pass.ts';
import { Gate } from '../../inference/gate.ts';
import { LoadedModel } from '../../inference/loaded-model.ts';
import { at } from '../../inference/rows.ts';
import { type Identity, identitiesOf, tolerance } from './identities.ts';
import { bytesText, tableText, unreadText } from './text.ts';

const texts = [
  'When Mary and John went to the store, John gave a drink to',
  'The capital of France is Paris. The capital of Italy is',
  '1, 2, 4, 8, 16,',
];
/** Keeps a check of a large model short; the shortest context of all models is no shorter. */
const longestPrompt = 64;
const measuredLength = 64;
const repetitions = 5;

export interface CheckedPrompt {
  readonly text: string;
  readonly length: number;
  /** The model's top choice after it. */
  readonly token: string;
  readonly probability: number;
  readonly logit: number;
  readonly identities: readonly Identity[];
}

export interface Check {
  readonly prompts: readonly CheckedPrompt[];
  readonly passed: boolean;
  /** Keys of the configuration that are not read. */
  readonly unread: readonly string[];
  readonly blocks: number;
  /** Milliseconds: loading the graphs with the first prompt; one attribution with all heads and sources, afterwards. */
  readonly first: number;
  readonly attribution: number;
  /** Milliseconds of a traced forward pass over `length` tokens. */
  readonly forward: { readonly length: number; readonly milliseconds: number };
  /** Bytes: the most memory that this process had, with what of the weights' files was in it. */
  readonly peakMemory: number;
}

/** @throws TributaryError UNKNOWN_MODEL; CHECKPOINT when it cannot be loaded */
export async function checkModel(
  models: string,
  name: string,
  threads: number,
  options?: CatalogueOptions,
): Promise<Check> {
  const { checkpoint } = await new Catalogue(models, options).get(name);
  const { tokenizer } = checkpoint;
  // A check makes few passes: to pack weights would take longer, and a large model would not fit.
  const model = new LoadedModel(checkpoint, threads, 'LEAN');
  const { contextLength, vocabularySize, layerCount } = model.specification;
  try {
    const prompts: CheckedPrompt[] = [];
    const times: number[] = [];
    for (const text of texts) {
      const ids = tokenizer
        .encode(text)
        .filter((id) => id < vocabularySize)
        .slice(0, Math.min(longestPrompt, contextLength));
      if (ids.length === 0) continue;
      const began = performance.now();
      const { result, identities } = await identitiesOf(model, ids);
      times.push(performance.now() - began);
      const { token, probability, logit } = result.target;
      prompts.push({ text, length: ids.length, token: tokenizer.token(token).text, probability, logit, identities });
    }
    if (prompts.length === 0)
      throw new TributaryError(
        'CHECKPOINT',
        `the tokenizer of ${name} makes no token of its vocabulary out of any text`,
      );
    const length = Math.min(measuredLength, contextLength);
    return {
      prompts,
      unread: unreadKeys(checkpoint.config, 'config.json'),
      passed: prompts.every(({ identities }) => identities.every(({ passed }) => passed)),
      blocks: layerCount,
      first: times[0] ?? 0,
      attribution: times.at(-1) ?? 0,
      forward: { length, milliseconds: await forwardTime(model, length) },
      // In kilobytes, whatever the platform.
      peakMemory: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    await model.release();
  }
}

async function forwardTime(model: LoadedModel, length: number): Promise<number> {
  const ids = Array.from({ length }, (_, position) => (position * 7919 + 13) % model.specification.vocabularySize);
  const times: number[] = [];
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const began = performance.now();
    await forwardPass(model, ids, new Gate());
    times.push(performance.now() - began);
  }
  // The first one warms up.
  return at(
    times.slice(1).sort((a, b) => a - b),
    repetitions >> 1,
  );
}

/** The audit of every prompt, then the speed, as it is printed. */
export function checkText(name: string, check: Check): string {
  const { prompts, unread, blocks, first, attribution, forward, peakMemory } = check;
  const identities = prompts[0]?.identities ?? [];
  const audit = [
    ['IDENTITY', ...prompts.map((_, index) => `PROMPT ${index + 1}`)],
    ...identities.map(({ name }, row) => [name, ...prompts.map(({ identities }) => gapText(identities[row]))]),
  ];
  const { length, milliseconds } = forward;
  return [
    ...prompts.map(({ text, length, token, probability, logit }, index) => {
      const choice = `${JSON.stringify(token)}, logit ${logit.toFixed(2)}, probability ${probability.toPrecision(2)}`;
      return `Prompt ${index + 1}, ${length} tokens: ${JSON.stringify(text)}\n  continues with ${choice}`;
    }),
    '',
    tableText(audit),
    `Gaps are relative to the largest figure involved; up to ${tolerance} is rounding.`,
    '',
    tableText([
      ['Forward pass, traced', `${Math.round((length / milliseconds) * 1000)} tokens/s (${length} tokens)`],
      ['Each block', `${(milliseconds / blocks).toPrecision(3)} ms`],
      ['First prompt, with loading', `${(first / 1000).toPrecision(3)} s`],
      ['Last prompt', `${(attribution / 1000).toPrecision(3)} s`],
      ['Peak memory, with weights', bytesText(peakMemory)],
    ]),
    '',
    ...(unread.length > 0 ? [`${unreadText(unread)}.`, ''] : []),
    check.passed ? `${name} is sound.` : `${name} is NOT sound: do not trust its figures.`,
  ].join('\n');
}

function gapText(identity: Identity | undefined): string {
  if (!identity) return '';
  return `${identity.gap.toExponential(1)} ${identity.passed ? 'ok' : 'FAILED'}`;
}

export function checkCommand(models: string, threads: number, options: CatalogueOptions): Command {
  return new Command('check')
    .summary('run a model, audit its figures, measure its speed')
    .description(
      `Loads a model, attributes the logits of a few prompts and compares what must be the same: tokens and logit, the
residual stream before every block, heads and attention, sources and heads, forward and reverse, and a token read
behind others as an answer is. Prints the gaps and the speed. Ends with status 1 when an identity does not hold.`,
    )
    .argument('<name>', 'as `list` shows it')
    .action(async (name: string) => {
      const check = await checkModel(models, name, threads, options);
      console.log(checkText(name, check));
      if (!check.passed) process.exitCode = 1;
    });
}
