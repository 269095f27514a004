/** The pages that people read, and the blocks of code in them. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Block {
  /** '' for commands of a shell. */
  readonly language: string;
  readonly text: string;
  /** Title of the section that it stands in. */
  readonly section: string;
  /** The block that follows in the same section. */
  readonly next: Block | undefined;
}

/** Of the README, the guide for contributors, and everything in `docs/`. */
export const pages: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...globSync('docs/**/*.md', { cwd: root }),
]
  .map((page) => page.replaceAll('\\', '/'))
  .sort();

export function textOf(page: string): string {
  return readFileSync(`${root}${page}`, 'utf8');
}

/** The blocks of a page of one language, in order. A block in a list is indented as the list is. */
export function blocksOf(page: string, language: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  for (const [, title, indent = '', of = '', text = ''] of textOf(page).matchAll(
    /^#+ (.*)$|^( *)```([\w-]*)\n([\s\S]*?)^ *```$/gm,
  )) {
    if (title !== undefined) section = title;
    else
      blocks.push({
        language: of,
        text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
        section,
        next: undefined,
      });
  }
  return blocks
    .map((block, index) => ({
      ...block,
      next: blocks[index + 1]?.section === block.section ? blocks[index + 1] : undefined,
    }))
    .filter((block) => block.language === language);
}
