/**
 * How well each method finds the evidence on the sample model: `npm run evaluate`, or `… -- --markdown` for a table.
 * On every held-out prompt some tokens are known to decide the answer. A method ranks all tokens by score; the figure is
 * the mean of 1 / (rank of the best evidence token). Beside it what the answer's probability loses without the tokens of
 * the highest scores (comprehensiveness) and with nothing but them (sufficiency), how well the method agrees with
 * OCCLUSION (Spearman's ρ), what does not add up, and how long a prompt takes.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Checkpoint, openCheckpoint } from '../src/checkpoint/checkpoint.ts';
import { attribute, graphsOf } from '../src/explain/attribution/attribute.ts';
import type { AttributionMethod } from '../src/explain/attribution/methods/registry.ts';
import { rankCorrelation } from '../src/explain/attribution/rank-correlation.ts';
import type { MethodOptions } from '../src/explain/attribution/result.ts';
import type { OrderFaithfulnessResult } from '../src/explain/attribution/studies/faithfulness.ts';
import { faithfulnessOf } from '../src/explain/attribution/studies/faithfulness.ts';
import { byScore, latestFirst, shuffled } from '../src/explain/attribution/studies/orders.ts';
import { Gate } from '../src/inference/gate.ts';
import { LoadedModel } from '../src/inference/loaded-model.ts';

interface Prompt {
  readonly prompt: string;
  readonly answer: string;
  readonly against: string | null;
  /** Character spans. */
  readonly evidence: readonly (readonly [start: number, end: number])[];
}

interface Question {
  readonly inputIds: readonly number[];
  readonly target: { readonly position: number; readonly token: number; readonly against: number | null };
  readonly evidence: ReadonlySet<number>;
}

interface Contender {
  readonly label: string;
  readonly method: AttributionMethod;
  readonly options?: MethodOptions;
}

/** Kinds of held-out prompts, as the table shows them. */
const kinds = { indirectObject: 'indirect object', agreement: 'agreement', fact: 'fact', induction: 'induction' };
const folder = fileURLToPath(new URL('../models/sample/', import.meta.url));
const selection = {};

const { values: flags } = parseArgs({
  options: { markdown: { type: 'boolean', default: false }, prompts: { type: 'string', default: '150' } },
});
const heldOut = JSON.parse(readFileSync(new URL('./sample/held-out.json', import.meta.url), 'utf8')) as Record<
  keyof typeof kinds,
  Prompt[]
>;
const checkpoint = await openCheckpoint(folder);
const model = new LoadedModel(checkpoint, 1);
const questions = Object.fromEntries(
  Object.keys(kinds).map((kind) => [
    kind,
    heldOut[kind as keyof typeof kinds].slice(0, Number(flags.prompts)).map((prompt) => questionOf(checkpoint, prompt)),
  ]),
) as Record<keyof typeof kinds, Question[]>;
const all = Object.values(questions).flat();

const contenders: Contender[] = [
  { label: 'FROZEN', method: 'FROZEN' },
  { label: 'GRADIENT', method: 'GRADIENT' },
  { label: 'ATTN_LRP', method: 'ATTN_LRP' },
  { label: 'INTEGRATED_GRADIENTS', method: 'INTEGRATED_GRADIENTS', options: { steps: 32, baseline: null } },
  {
    label: 'INTEGRATED_GRADIENTS from "."',
    method: 'INTEGRATED_GRADIENTS',
    options: { steps: 32, baseline: tokenOf(checkpoint, '.') },
  },
  { label: 'OCCLUSION', method: 'OCCLUSION', options: { baseline: null } },
  { label: 'OCCLUSION by "."', method: 'OCCLUSION', options: { baseline: tokenOf(checkpoint, '.') } },
  { label: 'ATTENTION_ROLLOUT', method: 'ATTENTION_ROLLOUT' },
];

const occluded = new Map<Question, Float32Array>();
for (const question of all) {
  occluded.set(
    question,
    (await scores(question, { label: '', method: 'OCCLUSION', options: { baseline: null } })).tokens,
  );
}

const table = [
  [
    'method',
    ...Object.values(kinds),
    'comprehensiveness',
    'sufficiency',
    'ρ with OCCLUSION',
    'relative gap',
    'ms a prompt',
  ],
];
for (const contender of contenders) table.push(await evaluate(contender));
for (const [label, rank, orders] of [
  ['random order', randomRank, (n: number) => [0, 1, 2, 3, 4].map((seed) => shuffled(n, seed))],
  ['latest first', recencyRank, (n: number) => [latestFirst(n)]],
] as const) {
  const ranks = Object.values(questions).map((some) => figure(mean(some.map(rank))));
  const found: OrderFaithfulnessResult[] = [];
  for (const question of all) found.push(...(await faithfulness(question, orders(question.inputIds.length))));
  table.push([label, ...ranks, ...areas(found), '', '', '']);
}
await model.release();
print(table);

async function evaluate(contender: Contender): Promise<string[]> {
  await model.prepare(graphsOf({ targets: [], method: contender.method, selection }), ignore, ignore);
  await scores(all[0] as Question, contender);
  const agreement: number[] = [];
  const gaps: number[] = [];
  const ranks: number[] = [];
  const answers: { question: Question; tokens: Float32Array }[] = [];
  const started = performance.now();
  for (const some of Object.values(questions)) {
    const found: number[] = [];
    for (const question of some) {
      const { tokens, audit } = await scores(question, contender);
      found.push(reciprocalRank(tokens, question.evidence));
      agreement.push(rankCorrelation(tokens, occluded.get(question) as Float32Array) ?? 0);
      answers.push({ question, tokens });
      gaps.push(audit.relativeGap);
    }
    ranks.push(mean(found));
  }
  const took = (performance.now() - started) / all.length;
  const gap = mean(gaps);
  const held: OrderFaithfulnessResult[] = [];
  for (const { question, tokens } of answers) {
    held.push(...(await faithfulness(question, [byScore(tokens, tokens.length)])));
  }
  return [
    contender.label,
    ...ranks.map(figure),
    ...areas(held),
    figure(mean(agreement)),
    gap < 0.005 ? gap.toExponential(0) : figure(gap),
    took.toFixed(1),
  ];
}

function scores({ inputIds, target }: Question, { method, options }: Contender) {
  return attribute(model, { inputIds, target, method, options, selection }, new Gate());
}

/** Tokens are taken out as OCCLUSION does it, by zero: the same measure for every method. */
function faithfulness({ inputIds, target }: Question, orders: readonly (readonly number[])[]) {
  return faithfulnessOf(model, { inputIds, target, method: 'FROZEN' }, orders, new Gate());
}

function areas(found: readonly OrderFaithfulnessResult[]): string[] {
  return [
    figure(mean(found.map(({ comprehensiveness }) => comprehensiveness.area))),
    figure(mean(found.map(({ sufficiency }) => sufficiency.area))),
  ];
}

/** 1 / (place of the best evidence token), tokens taken in descending order of score. */
function reciprocalRank(tokens: Float32Array, evidence: ReadonlySet<number>): number {
  const best = Math.max(...Array.from(evidence, (position) => tokens[position] as number));
  return 1 / (1 + tokens.filter((score, position) => score > best && !evidence.has(position)).length);
}

function recencyRank({ inputIds, evidence }: Question): number {
  return 1 / (inputIds.length - Math.max(...evidence));
}

/** The same expected of a random order: Σ_r P(the first of k evidence tokens among n is at place r) / r. */
function randomRank({ inputIds, evidence }: Question): number {
  const [n, k] = [inputIds.length, evidence.size];
  let sum = 0;
  // None of the evidence among the first r − 1 places.
  let none = 1;
  for (let place = 1; place <= n - k + 1; place++) {
    const here = k / (n - place + 1);
    sum += (none * here) / place;
    none *= 1 - here;
  }
  return sum;
}

function questionOf(from: Checkpoint, { prompt, answer, against, evidence }: Prompt): Question {
  const inputIds = from.tokenizer.encode(prompt);
  let end = 0;
  const positions = inputIds.flatMap((id, position) => {
    const start = end;
    end += from.tokenizer.token(id).text.length;
    return evidence.some(([first, last]) => start < last && first < end) ? [position] : [];
  });
  const target = {
    position: inputIds.length - 1,
    token: tokenOf(from, answer),
    against: against === null ? null : tokenOf(from, against),
  };
  return { inputIds, target, evidence: new Set(positions) };
}

function tokenOf({ tokenizer }: Checkpoint, text: string): number {
  const id = tokenizer.single(text);
  if (id === undefined) throw new Error(`${JSON.stringify(text)} is not one token`);
  return id;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function figure(value: number): string {
  return value.toFixed(2);
}

function ignore(): void {}

function print(rows: readonly string[][]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  for (const [index, row] of rows.entries()) {
    console.log(flags.markdown ? `| ${line(row).join(' | ')} |` : line(row).join('  '));
    if (index === 0 && flags.markdown) console.log(`| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  }
}
