import type { FastifyInstance } from 'fastify';
import type { Sql } from 'postgres';
import type { Test } from 'tap';
import { type Judge, judgeOf } from './answers.ts';
import { contentsOf } from './contents.ts';
import type { TestDatabase } from './db.ts';
import { demoNode } from './demo.ts';
import {
  type Answered,
  addressOf,
  type Document,
  type Operation,
  operationsOf,
  type Request,
  readDocument,
  send,
} from './document.ts';

/** A request that must be refused, and how. */
export type Case = {
  readonly request: Request;
  /** The administrator's when absent; null for none. */
  readonly token?: string | null;
  readonly status: number;
  readonly code: string;
  /** Faults that `errors` must name, each as `in location code`; no others may be there. */
  readonly errors?: readonly string[];
  /** A header that the answer must bear. */
  readonly header?: readonly [name: string, value: string | RegExp | undefined];
  /** True where the address or the method is no operation of the document. */
  readonly stray?: true;
};

/** The whole application over the demo network, with what its refusals are judged by. */
export type Rules = {
  readonly app: FastifyInstance;
  readonly db: TestDatabase['db'];
  readonly sql: Sql;
  readonly owner: Sql;
  readonly token: string;
  readonly document: Document;
  readonly operations: readonly Operation[];
  readonly judge: Judge;
  readonly pages: Map<string, Promise<string>>;
};

/** A node with the demo network, ready to refuse. */
export async function openRules(t: Pick<Test, 'teardown'>): Promise<Rules> {
  const { app, db, sql, owner, token } = await demoNode(t);
  const document = await readDocument();
  const operations = operationsOf(document);
  return { app, db, sql, owner, token, document, operations, judge: judgeOf(document), pages: new Map() };
}

type CasesOf = (operation: Operation) => readonly Case[] | Promise<readonly Case[]>;

/**
 * Holds every operation to a rule: each of its cases is refused as it says, in English and in Dutch, by the document,
 * with a type that opens a page, and nothing is stored.
 */
export async function hold(t: Test, rules: Rules, casesOf: CasesOf): Promise<void> {
  // Before it is looked what is stored, since a case may read, and reading personal data leaves a record.
  const all: (readonly [Operation, readonly Case[]])[] = [];
  for (const operation of rules.operations) all.push([operation, await casesOf(operation)]);
  const before = await contentsOf(rules.owner);
  let looked = 0;
  for (const [operation, cases] of all) {
    if (cases.length === 0) continue;
    const faults: string[] = [];
    for (const one of cases)
      for (const language of ['en', 'nl']) faults.push(...(await refuse(rules, operation, one, language)));
    looked += cases.length;
    t.same(faults, [], `${operation.operationId}: ${cases.length} cases`);
  }
  t.ok(looked > 0, `${looked} cases in two languages`);
  t.same(await contentsOf(rules.owner), before, 'nothing was stored');
}

async function refuse(rules: Rules, operation: Operation, one: Case, language: string): Promise<string[]> {
  const { request, token = rules.token } = one;
  const headers = { ...request.headers, 'accept-language': language };
  const answered = await send(rules.app, { ...request, headers }, token ?? undefined);
  const faults = [
    ...(one.stray ? rules.judge.strayFaults(answered) : rules.judge.faults(operation, answered)),
    ...(await problemFaults(rules, answered, language)),
    ...expectationFaults(one, answered),
  ];
  return faults.map((fault) => `${request.method} ${addressOf(request).slice(0, 150)} (${language}): ${fault}`);
}

type Problem = Record<string, unknown> & { errors?: Record<'in' | 'location' | 'code', string>[] };

function expectationFaults(expected: Case, { statusCode, headers, body }: Answered): string[] {
  const problem = (body.startsWith('{') ? JSON.parse(body) : {}) as Problem;
  const faults: string[] = [];
  const compare = (what: string, found: unknown, wanted: unknown) => {
    const fits = wanted instanceof RegExp ? wanted.test(String(found)) : found === wanted;
    if (!fits) faults.push(`${what} is ${found} instead of ${wanted}: ${body.slice(0, 300)}`);
  };
  compare('the status', statusCode, expected.status);
  compare('the code', problem.code, expected.code);
  if (expected.errors !== undefined) {
    const named = (problem.errors ?? []).map((fault) => `${fault.in} ${fault.location} ${fault.code}`);
    compare('errors', named.sort().join(', '), [...expected.errors].sort().join(', '));
  }
  if (expected.header !== undefined) compare(expected.header[0], headers[expected.header[0]], expected.header[1]);
  return faults;
}

const uuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What is wrong with a problem as such: its form, its language, and the page that its type opens. */
export async function problemFaults(rules: Rules, answered: Answered, language: string): Promise<string[]> {
  const { statusCode, headers, body } = answered;
  if (headers['content-type'] !== 'application/problem+json; charset=utf-8')
    return [`a refusal as ${headers['content-type']}: ${body.slice(0, 200)}`];
  const { type, title, status, detail, instance, code } = JSON.parse(body) as Problem;
  const page = await pageOf(rules, String(type), language);
  return [
    status === statusCode ? '' : `status says ${status}`,
    String(type).endsWith(`/problems/${code}`) ? '' : `type says ${type} and code ${code}`,
    uuid.test(String(instance)) ? '' : `instance says ${instance}`,
    /\{\w+\}/.test(String(detail)) ? `detail has an open place: ${detail}` : '',
    page.includes(`<h1>${title}</h1>`) && page.includes(`<code>${code}</code>`) ? '' : `the page of ${type} is another`,
    headers['content-language'] === language ? '' : `the language is ${headers['content-language']}`,
    /\bAccept-Language\b/.test(String(headers.vary)) ? '' : 'Vary does not name Accept-Language',
  ].filter((fault) => fault !== '');
}

/** The page that a type opens in a language, read once. */
function pageOf({ app, pages }: Rules, type: string, language: string): Promise<string> {
  const name = `${type} ${language}`;
  const known = pages.get(name);
  if (known !== undefined) return known;
  const opened = app
    .inject({ url: new URL(type).pathname, headers: { 'accept-language': language } })
    .then(({ statusCode, headers, body }) => {
      const fits =
        statusCode === 200 &&
        headers['content-type'] === 'text/html; charset=utf-8' &&
        body.includes(`lang="${language}"`);
      return fits ? body.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&') : '';
    });
  pages.set(name, opened);
  return opened;
}
