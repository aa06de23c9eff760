import { faultTexts } from './fault-texts.ts';
import { fillIn, type Language } from './language.ts';
import { type ProblemCode, problems } from './problem-catalogue.ts';

export type { Language } from './language.ts';
export type { ProblemCode } from './problem-catalogue.ts';

/** One fault in the input; `location` is a JSON pointer within the body, else the name of the parameter or header. */
export type Fault = {
  readonly in: 'body' | 'query' | 'path' | 'header' | 'file';
  readonly location: string;
  readonly code: string;
  readonly params?: Readonly<Record<string, string | number>> | undefined;
};

type Params = Readonly<Record<string, string | number>>;

/** What may be told with a problem: parameters of its texts, faults, response headers, further members, its cause. */
export type ProblemOptions = {
  readonly params?: Params | undefined;
  readonly errors?: readonly Fault[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly members?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
};

/** An error with a meaning; the edge renders it as RFC 9457 problem details. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly params: Params;
  readonly errors: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(problems[code].title.en, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = problems[code].status;
    this.params = options.params ?? {};
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}

/** Nothing there, or nothing that this caller may see: the two are never told apart. */
export const notFound = (): Problem => new Problem('not_found');

/** Faulty input; give every fault at once. */
export const invalid = (errors: readonly Fault[]): Problem => new Problem('invalid_input', { errors });

/** The request conflicts with the present state. */
export const conflict = (code: ProblemCode = 'conflict', params?: Params): Problem => new Problem(code, { params });

/** One fault as it is shown. */
export type FaultView = { in: Fault['in']; location: string; detail: string; code: string };

/** Problem details as they are shown. */
export type ProblemView = {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  errors?: FaultView[];
};

/** What a fault says in a language; a code without a text of its own reads as "is not valid". */
export function faultDetail(fault: Fault, language: Language): string {
  const text = faultTexts[fault.code] ?? faultTexts.invalid;
  return fillIn(text?.[language] ?? '', fault.params);
}

const renderFault = (fault: Fault, language: Language): FaultView => ({
  in: fault.in,
  location: fault.location,
  detail: faultDetail(fault, language),
  code: fault.code,
});

/** Writes a problem as RFC 9457 problem details; `instance` is the URN of the request, which the log names too. */
export function renderProblem(
  problem: Problem,
  { language, baseUrl, instance }: { language: Language; baseUrl: string; instance: string },
): ProblemView {
  const { title, detail } = problems[problem.code];
  return {
    type: `${baseUrl}/problems/${problem.code}`,
    title: title[language],
    status: problem.status,
    detail: fillIn(detail[language], problem.params),
    instance,
    code: problem.code,
    ...(problem.errors.length > 0 && { errors: problem.errors.map((fault) => renderFault(fault, language)) }),
    ...problem.members,
  };
}
