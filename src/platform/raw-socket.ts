import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { newId } from './id.ts';
import { Problem, type ProblemCode, renderProblem } from './problem.ts';

const byParserCode: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** A whole response with a problem, for a connection on which no request could be read. */
export function rawProblem(
  problem: Problem,
  options: { baseUrl: string; headers: Readonly<Record<string, string>> },
): string {
  const view = renderProblem(problem, { language: 'en', baseUrl: options.baseUrl, instance: `urn:uuid:${newId()}` });
  const body = JSON.stringify(view);
  const headers = {
    ...options.headers,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-language': 'en',
    'content-length': String(Buffer.byteLength(body)),
    date: new Date().toUTCString(),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`;
}

/** Answers on the bare socket what could not be read as HTTP, or did not come in time, and closes it. */
export function refuseSocket(
  error: Error & { code?: string },
  socket: Duplex,
  options: { baseUrl: string; headers: Readonly<Record<string, string>> },
): void {
  const answered = (socket as { _httpMessage?: { _header?: unknown } | null })._httpMessage?._header;
  if (error.code === 'ECONNRESET' || !socket.writable || (answered !== undefined && answered !== null)) {
    socket.destroy();
    return;
  }
  const problem = new Problem(byParserCode[error.code ?? ''] ?? 'malformed_request');
  socket.end(rawProblem(problem, options), () => socket.destroy());
}
