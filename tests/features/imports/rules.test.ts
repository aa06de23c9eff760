import t from 'tap';
import { csvCell, readCsv } from '../../../src/features/imports/csv.ts';
import { writeReport } from '../../../src/features/imports/report.ts';
import { headerFaults, importColumns, importResources, readRow } from '../../../src/features/imports/rules.ts';

const words = {
  organisationKind: ['municipality', 'other'],
  allianceKind: ['alliance', 'community'],
  visibility: ['public', 'network'],
  role: ['convener', 'member'],
};

async function* bytes(...parts: (string | number[])[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part);
}

async function all(input: Parameters<typeof readCsv>[0]): Promise<[number, string[]][]> {
  const records: [number, string[]][] = [];
  for await (const { line, cells } of readCsv(input)) records.push([line, cells]);
  return records;
}

t.test('readCsv reads RFC 4180 with any line ends and tells on which line a record begins', async (t) => {
  const text = '\uFEFFkey,name\r\n1,"a\r\n""b"", c"\r\n\r\n,\n2,é\n3,x,y\n4';
  const expected = [
    [1, ['key', 'name']],
    [2, ['1', 'a\n"b", c']],
    [6, ['2', 'é']],
    [7, ['3', 'x', 'y']],
    [8, ['4']],
  ];
  t.same(await all(text), expected);
  const pieces = [...Buffer.from(text)].map((byte) => [byte]);
  t.same(await all(bytes(...pieces)), expected, 'byte by byte, it is the same file');
});

t.test('readCsv takes the separator of the header row', async (t) => {
  t.same(await all('key;name\n1;a,b\n'), [
    [1, ['key', 'name']],
    [2, ['1', 'a,b']],
  ]);
  t.same(await all('key,name\n1;2,b\n'), [
    [1, ['key', 'name']],
    [2, ['1;2', 'b']],
  ]);
  t.same(await all(''), []);
});

t.test('readCsv refuses what is not UTF-8, NUL, and what is not CSV, by its line', async (t) => {
  const fault = (code: string) => ({ code: 'invalid_input', errors: [{ in: 'file', code }] });
  await t.rejects(all(bytes('key\n', [0xff, 0xfe])), fault('not_utf8'));
  await t.rejects(all(bytes('key\n', [0xe2, 0x82])), fault('not_utf8'), 'also when the file ends within a character');
  await t.rejects(all('key\na\0b\n'), fault('invalid_characters'));
  await t.rejects(all('key\nx\n"open\n'), { errors: [{ code: 'not_csv', params: { reason: /line 3/ } }] });
  await t.rejects(all(`key\n"${'x'.repeat(300_000)}`), fault('not_csv'), 'an open quote does not gather the file');
});

t.test('headerFaults names every unknown, repeated and missing column', async (t) => {
  t.same(headerFaults('organisations', ['key', 'name', 'kind', 'oin', 'ura']), []);
  t.same(
    headerFaults('memberships', ['key', 'colour', 'key', '']).map(({ location, code }) => `${location} ${code}`),
    [
      'colour unknown_column',
      'key repeated',
      '#4 unknown_column',
      'allianceKey missing_column',
      'organisationKey missing_column',
      'startsOn missing_column',
    ],
  );
  t.equal(headerFaults('alliances', ['__proto__', 'constructor'])[0]?.code, 'unknown_column');
});

t.test('readRow takes an organisation without the identifiers that are wrong', async (t) => {
  const header = ['key', 'name', 'kind', 'cbs', 'kvk', 'region'];
  const row = readRow('organisations', header, [' 1 ', 'A', 'municipality', '9001 | x | GM9001', '', ''], words);
  t.match(row, {
    key: '1',
    content: {
      key: '1',
      name: 'A',
      kind: 'municipality',
      region: null,
      identifiers: [{ scheme: 'cbs', value: 'GM9001' }],
    },
    faults: [{ column: 'cbs', code: 'identifier_malformed', params: { value: 'x' } }],
  });
  t.notOk('startsOn' in (row.content ?? {}), 'a column that is not in the file is not in the row');
});

t.test('readRow refuses a row and names every fault of it', async (t) => {
  const header = ['key', 'name', 'kind', 'startsOn', 'endsOn', 'region', 'successorKey'];
  const codes = (cells: string[]) => {
    const { content, faults } = readRow('organisations', header, cells, words);
    return [content === null, ...faults.map(({ column, code }) => `${column} ${code}`)];
  };
  t.same(codes(['1', '', 'planet', '2020-02-30', '2020-13-01', 'x'.repeat(101), '1']), [
    true,
    'name required',
    'kind invalid_value',
    'startsOn invalid_format',
    'endsOn invalid_format',
    'region too_long',
    'successorKey same_organisation',
  ]);
  t.same(codes(['1', 'A', 'other', '2020-01-02', '2020-01-01', '', '']), [true, 'endsOn ends_before_start']);
  t.same(codes(['1', 'A']), [true, ' column_count']);
  t.same(codes(['', 'A', 'other', '0000-01-01', '', '', '']), [true, 'key required', 'startsOn invalid_format']);
  const community = readRow('alliances', ['key', 'kind', 'name'], ['1', 'community', 'A'], words);
  t.match(community, { content: null, faults: [{ column: 'endsOn', code: 'end_required' }] });
});

t.test('readRow fills in what is safest where a cell may be empty', async (t) => {
  const { content } = readRow('alliances', ['key', 'kind', 'name', 'visibility'], ['1', 'alliance', 'A', ''], words);
  t.equal(content?.visibility, 'network');
  t.equal(
    readRow('alliances', ['key', 'kind', 'name', 'visibility'], ['1', 'alliance', 'A', 'closed'], words).content,
    null,
  );
  for (const resource of importResources) t.ok(importColumns[resource].key?.required, `${resource} need a key`);
});

t.test('a report cannot carry a formula into a spreadsheet', async (t) => {
  const triggers = ['=1+1', '+1', '-1', '@x', '\t=1', '\r=1', ' =1', '＝1', '\n=1'];
  for (const cell of triggers) t.match(csvCell(cell), /^"'/, JSON.stringify(cell));
  t.equal(csvCell('a "b", c'), '"a ""b"", c"');
  t.equal(csvCell(-1), '"-1"', 'a number is a number');
  const row = {
    line: 2,
    key: '=cmd()',
    outcome: 'refused',
    subjectId: null,
    faults: [{ column: 'name', code: 'required', detail: 'Is "required".' }],
  };
  const text = writeReport({ items: [row, { ...row, line: 3, faults: [] }], nextCursor: null });
  t.same(await all(text), [
    [1, ['line', 'key', 'outcome', 'subjectId', 'column', 'code', 'detail']],
    [2, ['2', "'=cmd()", 'refused', '', 'name', 'required', 'Is "required".']],
    [3, ['3', "'=cmd()", 'refused', '', '', '', '']],
  ]);
});
