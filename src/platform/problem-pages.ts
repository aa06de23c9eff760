import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Language, pickLanguage } from './language.ts';
import { notFound, type ProblemCode } from './problem.ts';
import { problems } from './problem-catalogue.ts';

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}dt{font-weight:600}code{font-size:.95em}';
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const labels = {
  en: { heading: 'Problems', code: 'Code', status: 'HTTP status', meaning: 'Meaning', all: 'All problems' },
  nl: { heading: 'Problemen', code: 'Code', status: 'HTTP-status', meaning: 'Betekenis', all: 'Alle problemen' },
} as const;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');

const page = (language: Language, title: string, content: string) =>
  `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style></head><body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>\n`;

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code);

/** The page that explains a problem, as HTML; undefined for an unknown code. */
export function problemPage(code: string, language: Language): string | undefined {
  if (!isProblemCode(code)) return undefined;
  const { status, title, detail } = problems[code];
  const label = labels[language];
  const rows = [
    [label.code, `<code>${escapeHtml(code)}</code>`],
    [label.status, String(status)],
    [label.meaning, escapeHtml(detail[language])],
  ];
  const list = rows.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('');
  return page(language, title[language], `<dl>${list}</dl><p><a href="/problems">${label.all}</a></p>`);
}

/** The list of all problems, as HTML. */
export function problemIndex(language: Language): string {
  const items = Object.entries(problems).map(
    ([code, { status, title }]) =>
      `<li>${status} <a href="/problems/${code}">${escapeHtml(title[language])}</a> <code>${code}</code></li>`,
  );
  return page(language, labels[language].heading, `<ul>${items.join('')}</ul>`);
}

/** Mounts the pages behind the `type` of every problem: `/problems` and `/problems/{code}`. */
export function problemRoutes(app: FastifyInstance): void {
  const send = (request: FastifyRequest, reply: FastifyReply, render: (language: Language) => string | undefined) => {
    const language = pickLanguage(request.headers['accept-language']);
    const html = render(language);
    if (html === undefined) throw notFound();
    return reply
      .headers({ 'content-security-policy': policy, 'content-language': language, vary: 'Accept-Language' })
      .header('content-type', 'text/html; charset=utf-8')
      .send(html);
  };
  app.get('/problems', (request, reply) => send(request, reply, problemIndex));
  app.get<{ Params: { code: string } }>('/problems/:code', (request, reply) =>
    send(request, reply, (language) => problemPage(request.params.code, language)),
  );
}
