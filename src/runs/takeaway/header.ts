/** The first line of a file of runs: what it is, so that no other file is taken for one. */
import { z } from 'zod';
import packageJson from '../../../package.json' with { type: 'json' };
import { inputError } from '../../errors.ts';

/** Raised when a program that reads the form of before would misread the new one. */
const formatVersion = 1;
const format = 'tributary-runs';

const schema = z.object({ format: z.literal(format), version: z.int().min(1), program: z.string() });

/** @param at when the file is written */
export function headerLine(at: Date): string {
  return JSON.stringify({ format, version: formatVersion, program: packageJson.version, at });
}

/** @throws TributaryError INPUT for a file that is none of runs, or of a later form */
export function verifyHeader(line: string): void {
  const { success, data } = schema.safeParse(parsed(line));
  if (!success) {
    const right = `it begins with a line like ${headerLine(new Date(0))}`;
    throw inputError('header', `This is no file of runs: ${right}, as \`npm run runs -- export\` writes it`);
  }
  if (data.version > formatVersion)
    throw inputError(
      'header',
      `The file has version ${data.version} of the form, as version ${data.program} of this program writes it; this one, ${packageJson.version}, reads version ${formatVersion}. Bring this program up to date, or export the runs from that one by a version of then`,
    );
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
