/** Addresses of databases: which provider they name, and how people may read them. */

/** Is it PostgreSQL, of several machines, and not a file of this one? */
export function isPostgresql(url: string): boolean {
  return /^postgres(ql)?:/.test(url);
}

/** For logs and errors; of a file as it is. */
export function withoutPassword(url: string): string {
  if (!isPostgresql(url)) return url;
  if (!URL.canParse(url)) return url.replace(/:\/\/.*@/, '://…@').replace(/\?.*$/, '');
  const { protocol, username, host, pathname } = new URL(url);
  // What stands behind the path may be another way to give a password.
  return `${protocol}//${username && `${username}@`}${host}${pathname}`;
}
