import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isNamed, readEntityTags } from './conditional.ts';
import { Problem } from './problem.ts';
import { type ByteRange, isSameRepresentation, readRange } from './ranges.ts';

/** A body of bytes: how many, their SHA-256 in hexadecimal, the name of the file, and how a part of them is read. */
export type Binary = {
  readonly size: number;
  readonly sha256: string;
  readonly filename: string;
  readonly read: (part: ByteRange) => AsyncIterable<Uint8Array>;
};

/**
 * Answers with bytes as an attachment: whole, or the part that Range asks for (206); 304 where the client has them.
 * Throws range_not_satisfiable. A stream that fails half-way ends the connection, so that nothing looks whole that is not.
 */
export function sendBinary(
  request: FastifyRequest,
  reply: FastifyReply,
  media: string,
  binary: Binary,
): Readable | undefined {
  const { size, sha256, filename, read } = binary;
  const tag = `"${sha256}"`;
  reply.headers({ etag: tag, 'accept-ranges': 'bytes' });
  if (isHeld(request.headers['if-none-match'], tag)) {
    reply.code(304);
    return undefined;
  }
  const part = partOf(request, size, tag);
  const { start, end } = part ?? { start: 0, end: size };
  if (part !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${size}`);
  reply.headers({
    'content-type': media,
    'content-length': end - start,
    'content-disposition': `attachment; filename="${filename}"`,
    // RFC 9530: of the whole, also with a part of it.
    'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  });
  return Readable.from(request.method === 'HEAD' ? [] : read({ start, end }), { objectMode: false });
}

function isHeld(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = ifNoneMatch === undefined ? undefined : readEntityTags(ifNoneMatch);
  return tags !== undefined && isNamed(tags, tag);
}

/** The part that is asked for; Range has a meaning for GET alone. */
function partOf({ method, headers }: FastifyRequest, size: number, tag: string): ByteRange | undefined {
  const ifRange = headers['if-range'];
  if (method !== 'GET' || !isSameRepresentation(typeof ifRange === 'string' ? ifRange : undefined, tag))
    return undefined;
  const part = readRange(headers.range, size);
  if (part === 'unsatisfiable')
    throw new Problem('range_not_satisfiable', { headers: { 'content-range': `bytes */${size}` } });
  return part;
}
