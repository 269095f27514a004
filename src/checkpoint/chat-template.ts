/** Where a checkpoint has its chat template, and what that knows of its tokenizer. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ChatTemplate } from './chat/template.ts';
import { readConfig, readJsonObject } from './config.ts';
import { faulty } from './faulty.ts';
import { chatTemplateFile } from './fingerprint.ts';
import { ifThere } from './unreadable.ts';

const configFile = 'tokenizer_config.json';
/** Characters; those of large models that call tools have some 20,000. */
const longestTemplate = 1 << 18;

const named = z.array(z.looseObject({ name: z.string(), template: z.string() }));
const schema = z.looseObject({ chat_template: z.union([z.string(), named]).nullish() });
const specialToken = z.union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)]);

/**
 * Of `chat_template.jinja` where there is one, otherwise of `tokenizer_config.json`, of several there the one that is named
 * `default`. Whether it is a template shows when it is used. @returns undefined where there is none
 * @throws TributaryError CHECKPOINT for a file that cannot be read, or for a template that is none of these
 */
export async function chatTemplateOf(folder: string): Promise<ChatTemplate | undefined> {
  const path = join(folder, configFile);
  const isThere = await ifThere(path, (file) => stat(file));
  const config = isThere ? await readJsonObject(path) : {};
  const own = await ifThere(join(folder, chatTemplateFile), (file) => readFile(file, 'utf8'));
  const source = own ?? defaultIn(readConfig(config, schema, configFile).chat_template);
  if (source === undefined) return undefined;
  if (source.length > longestTemplate)
    throw faulty(
      own === undefined ? path : chatTemplateFile,
      `has a chat template of ${source.length} characters; at most ${longestTemplate} are read`,
    );
  return new ChatTemplate(source, specialTokensIn(config));
}

function defaultIn(template: z.output<typeof schema>['chat_template']): string | undefined {
  if (!Array.isArray(template)) return template ?? undefined;
  return template.find(({ name }) => name === 'default')?.template;
}

function specialTokensIn(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const tokens = Object.entries(config).flatMap(([name, value]) => {
    const token = name.endsWith('_token') ? specialToken.safeParse(value) : undefined;
    return token?.success ? [[name, token.data]] : [];
  });
  return Object.fromEntries(tokens);
}
