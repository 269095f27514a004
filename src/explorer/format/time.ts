/** When something was, as people say it. */

/** `just now`, `4 min ago`, `3 h ago`, `2 days ago`, then the date. @param now milliseconds, as of `Date.now` */
export function ago(moment: string, now: number): string {
  const seconds = (now - Date.parse(moment)) / 1000;
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  if (days < 14) return days === 1 ? 'yesterday' : `${days} days ago`;
  return new Date(moment).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' });
}

/** To the second, in the reader's own time: for titles. */
export function exactTime(moment: string): string {
  return new Date(moment).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'medium' });
}
