/** For tests: tokenizers from what their file would hold. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '../../src/checkpoint/tokenizer.ts';
import { temporaryFolder } from './temporary-folder.ts';

export async function open(tokenizer: unknown): Promise<Tokenizer> {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'tokenizer.json'), JSON.stringify(tokenizer));
  return await Tokenizer.open(folder.path);
}

/** A token beside the model's. */
export function added(id: number, content: string) {
  return { id, content, normalized: true };
}
