/** How the page is built: a script of what is drawn at first, one of experiments, one of all else, a style sheet. See `src/build`. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { printedDocuments } from '../build/documents.ts';
import { plainImports } from '../build/plain-imports.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root,
  base: './',
  publicDir: false,
  plugins: [printedDocuments(), plainImports()],
  resolve: { alias: [{ find: /^graphql$/, replacement: join(root, 'printed.ts') }] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    emptyOutDir: true,
    target: 'es2022',
    // As links, never in the page: its policy allows no data in it.
    assetsInlineLimit: 0,
    // One style sheet. What all scripts need is in the one that is there first; what two later ones need, in one of its own.
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'index', tags: ['$initial'] },
            { name: 'shared', minShareCount: 2 },
          ],
        },
      },
    },
  },
  // `npm run dev:explorer`: the page from its sources, the answers from a server that runs.
  server: {
    proxy: { '^/(graphql|rows|runs\\.)': { target: `http://localhost:${process.env.PORT ?? 4000}`, ws: true } },
  },
});
