import type { PageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';

/** Who exports, in the transaction of the snapshot. */
export type Source = { readonly db: Db; readonly context: Context };

/** Rows that are asked for at once. */
const limit = 200;

type Input = { readonly limit: number; readonly after: string[] | undefined };
type List<Row> = (source: Source, input: Input) => Promise<PageOf<Row>>;

/** All that a list gives, page by page. */
const all = <Row extends object>(list: List<Row>) =>
  async function* (source: Source): AsyncGenerator<Row> {
    for (let after: string[] | undefined, first = true; first || after !== undefined; first = false) {
      const page = await list(source, { limit, after });
      yield* page.items;
      after = page.next;
    }
  };

type Rows<Row> = (source: Source) => AsyncIterable<Row>;
type Verb<Row, More = unknown> = (db: Db, caller: Caller, input: Input & More) => Promise<PageOf<Row>>;

/** All that a list gives to the caller. */
export const byCaller = <Row extends object>(verb: Verb<Row>): Rows<Row> =>
  all(({ db, context }, input) => verb(db, context.caller, input));
/** All that a list gives in the context of a request. */
export const byContext = <Row extends object>(
  verb: (db: Db, context: Context, input: Input) => Promise<PageOf<Row>>,
): Rows<Row> => all(({ db, context }, input) => verb(db, context, input));

/** All that a list below each of some others gives; `place` is what the path of the list names. */
export const below = <Parent, Place extends object, Row extends object>(
  parents: Rows<Parent>,
  placeOf: (parent: Parent) => Place,
  verb: (source: Source, place: Place, input: Input) => Promise<PageOf<Row>>,
): Rows<Row & Place> =>
  async function* (source) {
    for await (const parent of parents(source)) {
      const place = placeOf(parent);
      for await (const row of all((given: Source, input) => verb(given, place, input))(source))
        yield { ...place, ...row };
    }
  };

/** Each row as it is told on its own, where the list leaves its text out. */
export const whole = <Summary, Row extends object>(
  rows: Rows<Summary>,
  get: (source: Source, summary: Summary) => Promise<Row>,
): Rows<Row> =>
  async function* (source) {
    for await (const summary of rows(source)) yield await get(source, summary);
  };
