import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Language, pickLanguage } from './language.ts';
import { notFound } from './problem.ts';

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}dt{font-weight:600}code{font-size:.95em}';
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Writes a text so that it stands in HTML as it is. */
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');

/** A plain page: its title as a text, its content as HTML. */
export const htmlPage = (language: Language, title: string, content: string) =>
  `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style></head><body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>\n`;

/** Answers with a plain page in the language that is preferred. Throws not_found where there is none. */
export function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  render: (language: Language) => string | undefined,
): FastifyReply {
  const language = pickLanguage(request.headers['accept-language']);
  const html = render(language);
  if (html === undefined) throw notFound();
  return reply
    .headers({ 'content-security-policy': policy, 'content-language': language, vary: 'Accept-Language' })
    .header('content-type', 'text/html; charset=utf-8')
    .send(html);
}
