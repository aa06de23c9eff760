import ts from 'typescript';
import { eventTypes } from './event-world.ts';

/**
 * Mutants of the SQL in the templates of a source file. A mutation tester for TypeScript takes a template for one text,
 * while the conditions of the policy stand inside it. Here each condition is made true and false, each comparison is
 * turned, each literal is replaced by another of its family or joined by it, and each question whether a row exists is
 * negated; one change per mutant.
 */
export type Mutant = {
  /** Tells the mutant from all others, whatever its line is: the declaration, the change, and where it is repeated a number. */
  readonly id: string;
  /** The declaration that it stands in. */
  readonly declaration: string;
  /** The whole source text with the change. */
  readonly text: string;
};

type Family = { readonly of: RegExp; readonly words: readonly string[] };

const kindsOfEvents = [...new Set(eventTypes.map((type) => type.split('.')[0]))];

/**
 * Literals that can stand in each other's place, in the declarations that speak of this; the first that fits is taken. One
 * that is in no family is replaced by a word that nothing bears.
 */
const families: readonly Family[] = [
  ...kindsOfEvents.map((kind) => ({ of: /./, words: eventTypes.filter((type) => type.split('.')[0] === kind) })),
  {
    of: /commitments\b/,
    words: 'offered accepted declined withdrawn expired fulfilled confirmed disputed cancelled'.split(' '),
  },
  { of: /charterDecisions\b/, words: ['accepted', 'declined'] },
  { of: /knowledgeItems\b/, words: ['draft', 'published', 'withdrawn'] },
  { of: /knowledgeItems\b/, words: ['public', 'network', 'alliances'] },
  { of: /./, words: ['offered', 'accepted', 'declined', 'withdrawn', 'expired', 'ended'] },
  { of: /./, words: ['public', 'network', 'closed'] },
  { of: /./, words: ['alliance', 'initiative', 'knowledge_item'] },
  { of: /./, words: ['convener', 'member', 'observer'] },
  { of: /./, words: ['succeeded', 'refused'] },
  { of: /./, words: 'insufficient_scope administrator_required invalid_client invalid_scope not_found'.split(' ') },
  { of: /./, words: 'organisation merger client import export webhook professional knowledge_item'.split(' ') },
];

const turned: Readonly<Record<string, readonly string[]>> = {
  '=': ['<>'],
  '<>': ['='],
  '<=': ['>', '<'],
  '>': ['>=', '<='],
  '>=': ['<', '>'],
  '<': ['<=', '>='],
};

type Kind = 'hole' | 'literal' | 'word' | 'operator' | 'open' | 'close' | 'other';
type Token = { readonly kind: Kind; readonly text: string; readonly start: number; readonly end: number };
/** A change of the source text between two places. */
type Edit = { readonly start: number; readonly end: number; readonly to: string };

const lexemes =
  /(?<comment>\/\*[\s\S]*?\*\/|--[^\n]*)|(?<literal>'(?:[^']|'')*')|(?<word>[A-Za-z_][\w.]*)|(?<operator>->>|->|<=|>=|<>|::|\|\||[=<>])|(?<open>[([])|(?<close>[)\]])|(?<other>[^\s])/g;

function lex(source: string, start: number, end: number): Token[] {
  return [...source.slice(start, end).matchAll(lexemes)].flatMap(({ groups = {}, index, 0: text }) => {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    if (kind === undefined || kind === 'comment') return [];
    const found = kind === 'word' || kind === 'operator' ? text.toLowerCase() : text;
    return [{ kind: kind as Kind, text: found, start: start + index, end: start + index + text.length }];
  });
}

/** The tokens of a template; what is filled in is one token each. */
function tokensOf(source: string, template: ts.TemplateLiteral, file: ts.SourceFile): Token[] {
  const from = template.getStart(file) + 1;
  const until = template.getEnd() - 1;
  if (ts.isNoSubstitutionTemplateLiteral(template)) return lex(source, from, until);
  const tokens: Token[] = [];
  let place = from;
  for (const { expression, literal } of template.templateSpans) {
    const hole = { start: expression.getFullStart() - 2, end: literal.getStart(file) + 1 };
    tokens.push(...lex(source, place, hole.start), { kind: 'hole', text: '', ...hole });
    place = hole.end;
  }
  return [...tokens, ...lex(source, place, until)];
}

/** True for a condition, and not for a place to look in: a table, its joins and what is asked of them. */
function isCondition(tokens: readonly Token[]): boolean {
  const looksIn = split(tokens, [0, tokens.length], isWord('join', 'where')).length > 1;
  return tokens.some(telling) && !looksIn;
}

/** Where the bracket at `index` closes. */
function closing(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let place = index; place < tokens.length; place++) {
    if (tokens[place]?.kind === 'open') depth += 1;
    if (tokens[place]?.kind === 'close') depth -= 1;
    if (depth === 0) return place;
  }
  return tokens.length - 1;
}

type Range = readonly [from: number, until: number];

/** The ranges between these tokens, not looking into brackets. */
function split(tokens: readonly Token[], [from, until]: Range, at: (token: Token) => boolean): Range[] {
  const ranges: Range[] = [];
  let begun = from;
  for (let place = from; place < until; place++) {
    const token = tokens[place] as Token;
    if (token.kind === 'open') place = closing(tokens, place);
    else if (at(token)) {
      ranges.push([begun, place]);
      begun = place + 1;
    }
  }
  return [...ranges, [begun, until] as const].filter(([start, end]) => end > start);
}

const isWord = (...words: readonly string[]) => {
  const known = new Set(words);
  return ({ kind, text }: Token) => kind === 'word' && known.has(text);
};
const clause = isWord(
  ...'select from where on join left inner cross limit order group case when then else end'.split(' '),
);
const condition = isWord('where', 'on', 'when', 'then', 'else');
const connective = isWord('and', 'or');
const compares = ({ kind, text }: Token) => kind === 'operator' && turned[text] !== undefined;
const telling = (token: Token) => connective(token) || compares(token) || isWord('where', 'is', 'in', 'any')(token);

/**
 * True where `when` at this place compares values: what follows it is then no condition. Where its `case` stands in
 * another template, it is one of several that are joined, each for a value.
 */
function comparesValues(tokens: readonly Token[], place: number): boolean {
  const before = tokens.slice(0, place).findLastIndex(isWord('case'));
  const next = tokens[before + 1];
  return before === -1 || (next !== undefined && !isWord('when')(next));
}

/** The parts of a range that are conditions: after `where`, `on`, `then` and the like, or the range where it is one itself. */
function conditionsIn(tokens: readonly Token[], [from, until]: Range, whole: boolean): Range[] {
  const clauses = [...(whole ? [{ place: from, begins: true }] : [])];
  for (let place = from; place < until; place++) {
    const token = tokens[place] as Token;
    if (token.kind === 'open') place = closing(tokens, place);
    else if (clause(token)) {
      const begins = condition(token) && !(token.text === 'when' && comparesValues(tokens, place));
      clauses.push({ place: place + 1, begins });
    }
  }
  return clauses.flatMap(({ place, begins }, index) => {
    const next = clauses[index + 1];
    const end = next === undefined ? until : next.place - 1;
    return begins && end > place ? [[place, end] as const] : [];
  });
}

class Mutator {
  readonly source: string;
  readonly declaration: string;
  readonly tokens: readonly Token[];
  readonly edits: Edit[] = [];

  constructor(source: string, declaration: string, tokens: readonly Token[]) {
    this.source = source;
    this.declaration = declaration;
    this.tokens = tokens;
  }

  /** The edits of a template; `whole` where it is a condition itself. */
  all(whole: boolean): Edit[] {
    this.region([0, this.tokens.length], whole);
    this.tokens.forEach((token, index) => {
      this.lexeme(token, index);
    });
    return this.edits;
  }

  place(from: number, until: number, to: string): void {
    const [first, last] = [this.tokens[from], this.tokens[until - 1]];
    if (first !== undefined && last !== undefined) this.edits.push({ start: first.start, end: last.end, to });
  }

  /** A template, or what stands in brackets. */
  region(range: Range, whole: boolean): void {
    const [from, until] = range;
    for (const one of conditionsIn(this.tokens, range, whole)) this.boolean(one);
    for (let place = from; place < until; place++) {
      if (this.tokens[place]?.kind !== 'open') continue;
      const end = closing(this.tokens, place);
      this.brackets(place, end);
      place = end;
    }
  }

  brackets(open: number, close: number): void {
    const inner = this.tokens.slice(open + 1, close);
    const first = inner[0];
    const selects = first !== undefined && isWord('select')(first);
    if (selects && inner[1] !== undefined && isWord('true')(inner[1])) {
      const [start, end] = [this.tokens[open]?.start ?? 0, this.tokens[close]?.end ?? 0];
      this.edits.push({ start, end, to: `(not coalesce(${this.source.slice(start, end)}, false))` });
    }
    this.region([open + 1, close], !selects && inner.some(connective));
  }

  /** A condition: each of its operands made true and false. */
  boolean(range: Range): void {
    const operands = split(this.tokens, range, isWord('or'));
    for (const operand of operands) {
      const parts = split(this.tokens, operand, isWord('and'));
      for (const [from, until] of parts) {
        this.place(from, until, 'true');
        this.place(from, until, 'false');
      }
      if (operands.length > 1 && parts.length > 1) this.place(...operand, 'true');
    }
  }

  lexeme(token: Token, index: number): void {
    for (const to of compares(token) ? (turned[token.text] ?? []) : []) this.place(index, index + 1, to);
    if (token.kind === 'literal') this.literal(token, index);
    if (token.kind === 'word') this.word(token, index);
  }

  word({ text }: Token, index: number): void {
    const before = this.tokens[index - 1];
    if (text === 'null' && before !== undefined) this.nullness(before, index);
    if (text === 'in') this.place(index, index + 1, 'not in');
    if (text === 'not') this.place(index, index + 1, '');
    if (text === 'exists') this.place(index, index + 1, 'not exists');
    if (text === 'limit') this.place(index, index + 2, '');
    if (text === 'true' && this.tokens.length === 1) this.place(index, index + 1, 'false');
  }

  nullness(before: Token, index: number): void {
    if (isWord('is')(before)) this.place(index, index + 1, 'not null');
    if (isWord('not')(before)) this.place(index - 1, index + 1, 'null');
  }

  /** A literal replaced by each of its family and by none; and where it is compared, joined by each. */
  literal({ text }: Token, index: number): void {
    const value = text.slice(1, -1);
    const family = families.find(({ of, words }) => words.includes(value) && of.test(this.declaration))?.words ?? [];
    const others = family.filter((one) => one !== value);
    for (const other of [...others, 'nothing']) this.place(index, index + 1, `'${other}'`);
    const list = this.listAround(index);
    const more = others.filter((other) => !list.includes(`'${other}'`));
    if (list.length > 0) for (const other of more) this.place(index, index + 1, `${text}, '${other}'`);
    if (this.tokens[index - 1]?.text === '=')
      for (const other of others) this.place(index - 1, index + 1, `in (${text}, '${other}')`);
  }

  /** The literals of the list in which this one stands. */
  listAround(index: number): string[] {
    const isPart = (place: number) => this.tokens[place]?.kind === 'literal' || this.tokens[place]?.text === ',';
    let [from, until] = [index, index];
    while (isPart(from - 1)) from -= 1;
    while (isPart(until + 1)) until += 1;
    const before = this.tokens[from - 2];
    // A template of literals alone is a list that is filled in where it is asked for.
    const whole = from === 0 && until === this.tokens.length - 1;
    if (!whole && (before === undefined || !isWord('in')(before))) return [];
    return this.tokens.slice(from, until + 1).map(({ text }) => text);
  }
}

const nameOf = (statement: ts.Statement): string =>
  ts.isFunctionDeclaration(statement)
    ? (statement.name?.text ?? '')
    : ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map(({ name }) => name.getText()).join()
      : '';

const short = (text: string) => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 100 ? line : `${line.slice(0, 60)} … ${line.slice(-37)}`;
};

/** The templates of SQL below a node; those that are handed to `visible` are conditions themselves. */
function templatesIn(node: ts.Node): { template: ts.TemplateLiteral; whole: boolean }[] {
  const found: { template: ts.TemplateLiteral; whole: boolean }[] = [];
  const visit = (inner: ts.Node): void => {
    if (isSql(inner)) {
      const { parent } = inner;
      const whole = ts.isCallExpression(parent) && parent.expression.getText() === 'visible';
      found.push({ template: inner.template, whole });
    }
    ts.forEachChild(inner, visit);
  };
  visit(node);
  return found;
}

const isSql = (node: ts.Node): node is ts.TaggedTemplateExpression =>
  ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'sql';

/** The condition that is marked, or the expression itself. */
const unmarked = (node: ts.Expression | undefined) =>
  node !== undefined && ts.isCallExpression(node) && node.expression.getText() === 'visible' ? node.arguments[0] : node;

/** What a function answers, where its body is nothing else or ends with it. */
function answerOf(node: ts.Statement): ts.Expression | undefined {
  if (ts.isFunctionDeclaration(node)) {
    const last = node.body?.statements.at(-1);
    return last !== undefined && ts.isReturnStatement(last) ? unmarked(last.expression) : undefined;
  }
  const made = ts.isVariableStatement(node) ? node.declarationList.declarations[0]?.initializer : undefined;
  return made !== undefined && ts.isArrowFunction(made) && !ts.isBlock(made.body) ? made.body : undefined;
}

/** The names that a statement imports from the policy. */
function importedOf(statement: ts.Statement): string[] {
  if (!ts.isImportDeclaration(statement) || !/\/policy\.[jt]s'$/.test(statement.moduleSpecifier.getText())) return [];
  const bindings = statement.importClause?.namedBindings;
  return bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : [];
}

/** The names of functions that answer conditions: those of the policy, and those of this file. */
function conditionsOf(source: string, file: ts.SourceFile): Set<string> {
  const names = file.statements.flatMap((statement) => {
    const answer = answerOf(statement);
    const answers = answer !== undefined && isSql(answer) && isCondition(tokensOf(source, answer.template, file));
    return answers ? [nameOf(statement)] : importedOf(statement);
  });
  // It marks a condition, whichever it is.
  return new Set(names.filter((name) => name !== 'visible'));
}

// With the mark of what they stand for, without which a statement may not be asked.
const marked = ['sql`/* policy */ true`', 'sql`/* policy */ false`'];

/** Conditions that stand by themselves, outside templates: as what is said of a kind, as an argument or as a branch. */
function callsIn(node: ts.Node, conditions: ReadonlySet<string>, file: ts.SourceFile): Edit[] {
  const found: Edit[] = [];
  const visit = (inner: ts.Node): void => {
    const { parent } = inner;
    const stands =
      ts.isCallExpression(inner) &&
      conditions.has(inner.expression.getText()) &&
      (ts.isPropertyAssignment(parent) || ts.isCallExpression(parent) || ts.isConditionalExpression(parent));
    if (stands) for (const to of marked) found.push({ start: inner.getStart(file), end: inner.getEnd(), to });
    ts.forEachChild(inner, visit);
  };
  visit(node);
  return found;
}

/** Every mutant of a source text, in the order of its lines. */
export function mutantsOf(source: string): Mutant[] {
  const file = ts.createSourceFile('policy.ts', source, ts.ScriptTarget.ESNext, true);
  const conditions = conditionsOf(source, file);
  const texts = new Set<string>([source]);
  const times = new Map<string, number>();
  return file.statements.flatMap((statement) => {
    const declaration = nameOf(statement);
    const edits = templatesIn(statement).flatMap(({ template, whole }) => {
      const tokens = tokensOf(source, template, file);
      return new Mutator(source, statement.getText(), tokens).all(whole || isCondition(tokens));
    });
    return [...edits, ...callsIn(statement, conditions, file)].flatMap(({ start, end, to }) => {
      const text = source.slice(0, start) + to + source.slice(end);
      if (texts.has(text)) return [];
      texts.add(text);
      const around = declaration === '' ? '' : `${declaration}: `;
      const change = `${around}${short(source.slice(start, end))} → ${short(to)}`.trim();
      const time = (times.get(change) ?? 0) + 1;
      times.set(change, time);
      return [{ id: time === 1 ? change : `${change} (${time})`, declaration, text }];
    });
  });
}

/** A mutant that no case can tell from the policy, and why. */
export type Explained = { readonly id: string; readonly reason: string };

/** What is wrong with a list of explanations, by which mutants there are and which of them survived. */
export function unexplained(
  mutants: readonly Pick<Mutant, 'id'>[],
  survived: readonly string[],
  explained: readonly Explained[],
): string[] {
  const [ids, alive] = [new Set(mutants.map(({ id }) => id)), new Set(survived)];
  const reasons = new Set(explained.map(({ id }) => id));
  return [
    ...survived.filter((id) => !reasons.has(id)).map((id) => `survived: ${id}`),
    ...[...reasons].filter((id) => ids.has(id) && !alive.has(id)).map((id) => `explained, but killed: ${id}`),
    ...[...reasons].filter((id) => !ids.has(id)).map((id) => `explained, but gone: ${id}`),
  ];
}
