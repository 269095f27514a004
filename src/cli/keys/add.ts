/** `add`: makes a key. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { inputError } from '../../errors.ts';
import { comprised, type Scope, type ShareLimits, scopes } from '../../principal.ts';
import { besideServer } from '../runs/database.ts';
import { wholeNumber } from '../runs/list.ts';

/** Characters of names. */
const longestName = 100;
const day = 86_400_000;

interface AddOptions {
  readonly owner?: string;
  readonly scopes: readonly Scope[];
  readonly expires?: Date;
  readonly running?: number;
  readonly waiting?: number;
  readonly requests?: number;
  readonly stored?: number;
  readonly sockets?: number;
}

export function addCommand(url: string): Command {
  return new Command('add')
    .summary('make a key')
    .description(
      `Makes a key and shows it, this once: the database has only its hash. What is asked with it belongs to its owner, who may have several
keys: make a new one, let programs use it, then revoke the old one.`,
    )
    .argument('<name>', 'whose it is, or what for: for people', named)
    .option('--owner <owner>', 'whose runs it reaches; by default those of its name', named)
    .addOption(
      new Option(
        '--scopes <list>',
        "what it is good for, each comprising those before it: read (what is stored), run (have models run, change and delete), manage (all of that with what is anybody's)",
      )
        .argParser(scopesIn)
        .default(scopesIn('run'), 'run'),
    )
    .option('--expires <time>', 'when it stops working: 30d, or a date as 2027-01-31; by default never', moment)
    .option('--running <count>', 'jobs that may compute at once for it', wholeNumber)
    .option('--waiting <count>', 'jobs that may wait for it', wholeNumber)
    .option('--requests <count>', 'requests that it may make in a minute', wholeNumber)
    .option('--stored <bytes>', 'bytes that may be stored for its owner: 500MB', bytes)
    .option('--sockets <count>', 'WebSockets that may be open with it', wholeNumber)
    .addHelpText(
      'after',
      `
Without a limit of its own, those of the server's settings count for a key.

Examples:
  npm run keys -- add ada
  npm run keys -- add dashboard --owner ada --scopes read --expires 90d`,
    )
    .action(
      async (
        name: string,
        { owner = name, expires, running, waiting, requests, stored, sockets, ...rest }: AddOptions,
      ) => {
        const limits: ShareLimits = { running, waiting, requests, storedBytes: stored, sockets };
        const key = { name, owner, scopes: rest.scopes, expiresAt: expires ?? null, limits };
        const { text, record } = await besideServer(url, (store) => store.keys.add(key));
        console.error(`Key ${record.id} of ${record.owner}: it is shown this once, so keep it now.`);
        // By itself on the standard output, for programs.
        console.log(text);
      },
    );
}

function named(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= longestName && !/\p{Cc}/u.test(name)) return name;
  throw new InvalidArgumentError(`It is a name of 1 to ${longestName} characters, without control characters.`);
}

function scopesIn(text: string): Scope[] {
  const given = text.split(',').map((scope) => scope.trim().toUpperCase());
  const isScope = (scope: string): scope is Scope => (scopes as readonly string[]).includes(scope);
  if (!given.every(isScope))
    throw new InvalidArgumentError('They are some of read, run and manage, separated by commas.');
  return [...comprised(given)];
}

/** @throws TributaryError INPUT for a moment that is over */
function moment(text: string): Date {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  const isDate = /^\d{4}-\d\d-\d\d(T[\d:.]+Z?)?$/.test(text);
  const time = days ? Date.now() + Number(days) * day : isDate ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('It is a number of days, 30d, or a date, 2027-01-31.');
  if (time <= Date.now()) throw inputError('expires', `${text} is over: the key would never work`);
  return new Date(time);
}

function bytes(text: string): number {
  const [, number, unit = ''] = /^(\d{1,9})([KMGT]?)B?$/i.exec(text) ?? [];
  if (!number) throw new InvalidArgumentError('It is a number of bytes, or one with a unit: 500MB.');
  return Number(number) * 1000 ** ['', 'K', 'M', 'G', 'T'].indexOf(unit.toUpperCase());
}
