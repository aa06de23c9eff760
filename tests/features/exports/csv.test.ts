import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import t from 'tap';
import { csvRecord } from '../../../src/features/exports/csv.ts';
import { exporter, manifestIn, unpack } from '../../helpers/archives.ts';
import { demoNode } from '../../helpers/demo.ts';

const triggers = ['=', '+', '-', '@', '\t', '\r', '\n', '\uFF1D', '\uFF0B', '\uFF0D', '\uFF20'];
const cell = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .tuple(fc.constantFrom(...triggers, ' =', '\u00A0+', '"=', "'=", ',-', '=cmd|'), fc.string())
    .map((parts) => parts.join('')),
  fc.integer(),
);
const isTrigger = (text: string) => triggers.some((one) => text.startsWith(one));

/** What an independent reader reads. */
const read = (text: string): string[] =>
  (parse(text, { record_delimiter: '\r\n', relax_column_count: true }) as string[][])[0] ?? [];

const faultsOf = (write: (cells: readonly unknown[]) => string, cells: readonly unknown[]) => {
  const back = read(write(cells));
  return cells.flatMap((given, index) => {
    const text = String(given);
    const got = back[index] ?? '';
    if (isTrigger(got)) return [`${JSON.stringify(got)} is a formula`];
    return got === text || got === `'${text}` ? [] : [`${JSON.stringify(text)} came back as ${JSON.stringify(got)}`];
  });
};

t.test('no cell that is read back is a formula, and all others are unaltered', (t) => {
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), (cells) => {
      t.same(faultsOf(csvRecord, cells), []);
      const plain = cells.map((one) => `a${String(one)}`);
      t.same(read(csvRecord(plain)), plain, 'a cell that begins with a letter is left as it is');
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('the same property finds a writer that only quotes', (t) => {
  const quoting = (cells: readonly unknown[]) =>
    `${cells.map((one) => `"${String(one).replaceAll('"', '""')}"`).join(',')}\r\n`;
  for (const trigger of triggers) t.match(faultsOf(quoting, [`${trigger}1+1`]), [/is a formula/]);
  t.end();
});

t.test('every cell is quoted, and what is nothing is empty', (t) => {
  t.equal(csvRecord(['a', null, undefined, 3, true, ['x']]), '"a","","","3","true","[""x""]"\r\n');
  t.end();
});

t.test('an archive in CSV has a flat file for each resource, in which no cell is a formula', async (t) => {
  const node = await demoNode(t);
  const administrator = exporter(node, node.token);
  const name = '=HYPERLINK("https://evil.example";"klik")';
  await administrator.send('POST', '/alliances', { kind: 'alliance', name, visibility: 'public' });
  const files = unpack((await administrator.make({ format: 'csv' })).bytes);
  const { format, resources } = manifestIn(files);
  t.equal(format, 'csv');
  for (const { file, rows } of resources) {
    const [header, ...records] = parse(files.get(file) as Buffer, { record_delimiter: '\r\n' }) as string[][];
    t.equal(records.length, rows, file);
    t.same([...(header ?? []), ...records.flat()].filter(isTrigger), []);
  }
  const alliances = parse(files.get('alliances.csv') as Buffer, { columns: true, record_delimiter: '\r\n' });
  t.match(alliances, [{ 'createdBy.name': String }]);
  t.ok(alliances.some((row) => (row as Record<string, string>).name === `'${name}`));
});
