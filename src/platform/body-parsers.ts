import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalid, Problem } from './problem.ts';

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Reads bodies as UTF-8: JSON and merge patches (with `__proto__` and `constructor.prototype` refused), and CSV as
 * text. `text/plain` is not read. May be called more than once.
 */
export function addBodyParsers(app: FastifyInstance): void {
  if (app.hasContentTypeParser('application/merge-patch+json')) return;
  const parseJson = app.getDefaultJsonParser('error', 'error') as (
    request: FastifyRequest,
    body: string,
    done: Done,
  ) => void;
  const readJson = (request: FastifyRequest, body: Buffer, done: Done) => {
    if (body.length === 0) return done(null, undefined);
    if (!isUtf8(body)) return done(invalid([{ in: 'body', location: '', code: 'not_utf8' }]));
    parseJson(request, body.toString('utf8'), (error, value) => {
      if (error === null) done(null, value);
      else done(invalid([{ in: 'body', location: '', code: 'malformed_json' }]));
    });
  };
  const readText = (_request: FastifyRequest, body: Buffer, done: Done) => {
    if (isUtf8(body)) done(null, body.toString('utf8'));
    else done(new Problem('invalid_input', { errors: [{ in: 'file', location: '', code: 'not_utf8' }] }));
  };
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, readJson);
  app.addContentTypeParser('application/merge-patch+json', { parseAs: 'buffer' }, readJson);
  app.addContentTypeParser('text/csv', { parseAs: 'buffer' }, readText);
}
