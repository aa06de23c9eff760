import Negotiator from 'negotiator';

/** Picks the media type that Accept prefers among those available; undefined when it takes none of them. */
export function pickMedia(accept: string | undefined, available: readonly string[]): string | undefined {
  if (accept === undefined || accept === '*/*' || accept === '' || accept === available[0]) return available[0];
  return new Negotiator({ headers: { accept } }).mediaType([...available]);
}

/** Whether a Content-Type names this media type, in UTF-8 when it names a character set. */
export function isMedia(contentType: string, media: string): boolean {
  if (contentType === media) return true;
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  return type === media && (charset === undefined || charset === 'utf-8' || charset === 'us-ascii');
}
