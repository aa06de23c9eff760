const slash = 47;

/** The path and the query that a request is about, also where it names the whole address (RFC 9112, 3.2.2). */
export function targetOf(url: string): string {
  if (url.charCodeAt(0) === slash) return url;
  const target = url.replace(/^https?:\/\/[^/?]*/i, '');
  return target === '' || target.startsWith('?') ? `/${target}` : target;
}

/** False for what is no path, or holds escapes that stand for no text. */
export function isReadable(target: string): boolean {
  if (target.charCodeAt(0) !== slash) return false;
  if (!target.includes('%')) return true;
  try {
    decodeURIComponent(target);
    return true;
  } catch {
    return false;
  }
}

/** A path that ends in a slash, or has an empty segment, is no address here; the root is. */
export function isStrayPath(target: string): boolean {
  const query = target.indexOf('?');
  const end = query === -1 ? target.length : query;
  if (end > 1 && target.charCodeAt(end - 1) === slash) return true;
  const empty = target.indexOf('//');
  return empty !== -1 && empty < end;
}

/** The path of a target, and its query without the mark; what is behind a second mark is part of the query. */
export function partsOf(target: string): { path: string; query: string } {
  const mark = target.indexOf('?');
  return mark === -1 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
