/** Addresses of databases: which provider they name, and how people may read them. */

/** Is it PostgreSQL, of several machines, and not a file of this one? */
export function isPostgresql(url: string): boolean {
  return /^postgres(ql)?:/.test(url);
}

/** For logs and errors; a file as it is, and what has nothing of a password in it. */
export function withoutPassword(url: string): string {
  if (url.startsWith('file:') || !/[@?]/.test(url)) return url;
  const [scheme = ''] = /^\w+:(\/\/)?/.exec(url) ?? [];
  if (!scheme.endsWith('//') || !URL.canParse(url)) return `${scheme}…`;
  const { username, host, pathname } = new URL(url);
  // Of a password that is not encoded, a part may stand anywhere.
  if (pathname.includes('@')) return `${scheme}…`;
  // What stands behind the path may be another way to give a password.
  return `${scheme}${username && `${username}@`}${host}${pathname}`;
}
