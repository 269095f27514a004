import { fileURLToPath } from 'node:url';

/** Where node keeps what it has compiled of our sources and of packages; whatever is changed is compiled anew. */
export const compiledFolder = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));
