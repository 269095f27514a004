/**
 * What is wrong with a checkpoint is told by the name of the file, or of the model's folder: messages go to clients, and
 * where things lie on the machine is not for them. Nor is what a file holds that is none of a checkpoint.
 */
import { basename } from 'node:path';
import { TributaryError } from '../errors.ts';

export function faulty(path: string, fault: string, options?: ErrorOptions): TributaryError {
  return new TributaryError('CHECKPOINT', `${basename(path)} ${fault}`, {}, options);
}

/** Of what the parser says only the place: the rest quotes the text. */
export function faultOfJson({ message }: Error): string {
  const [place = ''] = / at position \d+ \(line \d+ column \d+\)$/.exec(message) ?? [];
  return `is not valid JSON${place}`;
}
