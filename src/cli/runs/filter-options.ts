/** Options of commands that choose runs, by the names that they have in addresses: `--created-after` for `createdAfter`. */
import { type Command, Option } from 'commander';
import type { RunFilter } from '../../runs/run-filter.ts';
import { filterFrom, filterParameters } from '../../runs/takeaway/filter-parameters.ts';

export function withFilterOptions(command: Command): Command {
  for (const { name, value, description, many } of filterParameters) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const more = many ? '; may be given several times' : '';
    const option = new Option(`--${flag} <${value}>`, `only runs ${description}${more}`);
    command.addOption(option.argParser((text: string, before: string[] = []) => [...before, text]));
  }
  return command;
}

/** @param options of such a command @throws TributaryError INPUT */
export function filterIn(options: Readonly<Record<string, unknown>>): RunFilter {
  const names = filterParameters.map(({ name }) => name).filter((name) => options[name] !== undefined);
  return filterFrom(new Map(names.map((name) => [name, options[name] as string[]])));
}
