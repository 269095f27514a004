/** The contract against that of the last release: what breaks is named in the changelog, under the coming version. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { breakingChanges, newestSection, unsaid } from './schema-changes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

const versions = readdirSync(`${root}schema/released`).map((file) => basename(file, '.graphql'));
const [last] = versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
const section = newestSection(read('CHANGELOG.md'));
const changes = await breakingChanges(read(`schema/released/${last}.graphql`), read('schema/schema.graphql'));
const missing = unsaid(changes, section.startsWith(`## ${last} `) ? '' : section);
if (missing.length > 0) {
  console.error(
    `schema/schema.graphql breaks what ${last} promised, and CHANGELOG.md does not say so under the coming version:`,
  );
  for (const { coordinate, message } of missing)
    console.error(`  a line with \`${coordinate}\` is missing: ${message}`);
  process.exit(1);
}
