import type { FastifyInstance } from 'fastify';
import { escapeHtml, htmlPage, sendPage } from './html-page.ts';
import type { Language } from './language.ts';
import type { ProblemCode } from './problem.ts';
import { problems } from './problem-catalogue.ts';

const labels = {
  en: { heading: 'Problems', code: 'Code', status: 'HTTP status', meaning: 'Meaning', all: 'All problems' },
  nl: { heading: 'Problemen', code: 'Code', status: 'HTTP-status', meaning: 'Betekenis', all: 'Alle problemen' },
} as const;

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
  return htmlPage(language, title[language], `<dl>${list}</dl><p><a href="/problems">${label.all}</a></p>`);
}

/** The list of all problems, as HTML. */
export function problemIndex(language: Language): string {
  const items = Object.entries(problems).map(
    ([code, { status, title }]) =>
      `<li>${status} <a href="/problems/${code}">${escapeHtml(title[language])}</a> <code>${code}</code></li>`,
  );
  return htmlPage(language, labels[language].heading, `<ul>${items.join('')}</ul>`);
}

/** Mounts the pages behind the `type` of every problem: `/problems` and `/problems/{code}`. */
export function problemRoutes(app: FastifyInstance): void {
  app.get('/problems', (request, reply) => sendPage(request, reply, problemIndex));
  app.get<{ Params: { code: string } }>('/problems/:code', (request, reply) =>
    sendPage(request, reply, (language) => problemPage(request.params.code, language)),
  );
}
