/** Attacks a server for as long as is wanted: `npm run attack -- --help`. */
import { AssertionError } from 'node:assert';
import { availableParallelism, cpus } from 'node:os';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { tableText } from '../../src/cli/models/text.ts';
import type { Attack, Figures } from './attack.ts';
import { attacks } from './registry.ts';

interface Options {
  readonly seed: number;
  readonly rounds?: number;
}

/** Milliseconds after which it is said again how far an attack is. */
const interval = 5000;

/** Whether the server held. */
async function carryOut(attack: Attack, { seed, rounds = attack.rounds.demand }: Options): Promise<boolean> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let last = began;
  const report = (done: number) => {
    if (performance.now() - last < interval) return;
    last = performance.now();
    process.stderr.write(`${attack.name}: ${done} of ${rounds} rounds, ${seconds().toFixed(0)} s\n`);
  };
  try {
    const figures = await attack.run({ seed, rounds, report });
    console.log(`${figuresText(attack.name, { rounds, seed, ...figures, seconds: seconds().toFixed(1) })}\n`);
    return true;
  } catch (error) {
    // What the server did not stand is told; all else is a fault of the attack, with its stack.
    console.error(error instanceof AssertionError ? error.message : error);
    console.error(
      `The server did not hold: ${attack.name}. Again: npm run attack -- ${attack.name} --rounds ${rounds} --seed ${seed}\n`,
    );
    return false;
  }
}

function figuresText(name: string, figures: Figures): string {
  const rows = Object.entries(figures).map(([what, value]) => [
    what,
    typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 1 }) : value,
  ]);
  return tableText([[name.toUpperCase(), ''], ...rows]);
}

function natural(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('it must be a whole number.');
}

function positive(text: string): number {
  const value = natural(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('there must be one at least.');
}

/** Of every attack: what it does, what a round is, how many there are. */
function attacksText(): string {
  const width = Math.max(...attacks.map(({ name }) => name.length)) + 2;
  return attacks
    .map(({ name, description, round, rounds }) => {
      const indent = `\n${' '.repeat(width + 2)}`;
      const told = folded(`${description[0]?.toUpperCase()}${description.slice(1)}.`, 96 - width);
      const count = rounds.demand.toLocaleString('en-US');
      return `  ${name.padEnd(width)}${[...told, `A round: ${round}. ${count} rounds.`].join(indent)}`;
    })
    .join('\n');
}

function folded(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

await new Command('npm run attack --')
  .description(
    'Attacks a server: starts one as a process of its own on a free port, with a database and a models folder of its own, does to it over real sockets what nobody should, and sees whether it holds. A server that runs already is left alone. `npm test` carries out the same in short.',
  )
  .addArgument(
    new Argument('<attacks...>', 'which, by name, one after the other').choices([
      ...attacks.map(({ name }) => name),
      'all',
    ]),
  )
  .option('--rounds <count>', 'as many of each, in place of those below', positive)
  .option(
    '--seed <number>',
    'other choices at random; what the server did not stand is repeated by its seed',
    natural,
    1,
  )
  .addHelpText(
    'after',
    `
Attacks:
${attacksText()}

Examples:
  npm run attack -- kill
  npm run attack -- kill --rounds 100 --seed 7
  npm run attack -- all

Figures are printed after each attack. It ends with status 1 when the server did not hold.`,
  )
  .action(async (names: readonly string[], options: Options) => {
    const chosen = names.includes('all') ? attacks : attacks.filter(({ name }) => names.includes(name));
    console.log(`${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, node ${process.version}\n`);
    for (const attack of chosen) if (!(await carryOut(attack, options))) process.exitCode = 1;
  })
  .parseAsync();
