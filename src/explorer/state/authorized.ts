/** What the page asks for beside GraphQL: files. */
import { authorizationBy } from '../../client/key.ts';
import { isKeyWanted, key } from './key.ts';

/** `fetch`, with the key that the page asks with. */
export async function fetchAuthorized(path: string, request: RequestInit = {}): Promise<Response> {
  const authorization = await authorizationBy(key);
  const headers = { ...request.headers, ...(authorization !== undefined && { authorization }) };
  const response = await fetch(path, { ...request, headers });
  if (response.status === 401) isKeyWanted.value = true;
  return response;
}
