/** GraphQL Code Generator: typed documents for the client, from the committed schema and the client's operations. */
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: 'src/client/operations.graphql',
  generates: {
    'src/client/generated/': {
      preset: 'client',
      // Each document with its hash, and `persisted-documents.json` for servers that answer trusted documents only.
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { mode: 'embedHashInDocument', hashAlgorithm: 'sha256' },
      },
      config: { enumsAsTypes: true, useTypeImports: true, importExtension: '.ts', scalars: { DateTime: 'string' } },
    },
    // What caches need to match fragments on interfaces and unions.
    'src/client/generated/possible-types.ts': {
      plugins: ['fragment-matcher'],
      config: { useExplicitTyping: true, deterministic: true },
    },
  },
};

export default config;
