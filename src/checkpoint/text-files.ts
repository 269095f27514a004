/** What a checkpoint has beside its weights, as far as anything is read of it. */
import { chatTemplateFile } from './fingerprint.ts';

export const textFiles: readonly string[] = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  chatTemplateFile,
];
