/** In the folder of a build: all that the page may ask, by hashes. A server that answers trusted documents only reads it. */
export const documentsFile = 'documents.json';
