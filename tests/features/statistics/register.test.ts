import t from 'tap';
import { importRegister } from '../../../src/commands/register-import.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator } from '../../helpers/people.ts';
import { directory } from './register.ts';
import { legendOf, mapFaults, textsOf } from './register-map.ts';
import { type Ask, countsByApi, RegisterRows, timelineByApi } from './register-years.ts';
import { served } from './served.ts';

const silent = { error: () => undefined, info: () => undefined };

/** The register in a database, and the statistics of it behind the interface. */
async function imported(t: Parameters<typeof testDatabase>[0]) {
  const { db, owner } = await testDatabase(t);
  await importRegister({ db, log: silent, signal: new AbortController().signal }, directory.path);
  const get = await served(t, db, administrator);
  const ask: Ask = async (path, accept = 'application/json') => {
    const { statusCode, body } = await get(path, { accept });
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${body}`);
    return body;
  };
  return { ask, owner };
}

t.test('two years of the register, and its map', { skip: directory.skip }, async (t) => {
  const { ask, owner } = await imported(t);
  const register = new RegisterRows();

  t.test('the interface tells of a day what the rows of the register say', async (t) => {
    const [early, late] = ['2018-01-01', '2024-01-01'];
    t.same(await countsByApi(ask, early), { municipalities: 381, agreements: 395, memberships: 2734, ties: 4748 });
    t.same(await countsByApi(ask, late), { municipalities: 342, agreements: 412, memberships: 2980, ties: 4313 });
    for (const day of [early, late]) t.same(register.counts(day), await countsByApi(ask, day), day);
    t.same([register.inForce(early).size, register.inForce(late).size], [412, 429]);
    t.equal(register.inGap(late).size, 3, 'agreements between two versions are not in force');
    const points = await timelineByApi(ask, '2022-01-01', '2024-01-01');
    t.same([...points.keys()], ['2022-12-31', '2023-12-31']);
    for (const [day, found] of points) t.same(found, register.counts(day), day);
  });

  t.test('the map of the municipalities can be read, in every province', async (t) => {
    const query = 'asOf=2024-01-01&organisationKind=municipality&colourBy=region';
    const svg = await ask(`/v1/statistics/graph?${query}`, 'image/svg+xml');
    t.same(mapFaults(svg), []);
    t.same(legendOf(svg), [
      ...['Drenthe (12)', 'Flevoland (6)', 'Fryslân (18)', 'Gelderland (51)', 'Groningen (10)', 'Limburg (31)'],
      ...['Noord-Brabant (56)', 'Noord-Holland (44)', 'Overijssel (25)', 'Utrecht (26)', 'Zeeland (13)'],
      'Zuid-Holland (50)',
    ]);
    t.ok(textsOf(svg).filter(({ kind }) => kind === 'n').length > 30, 'names stand on it');
  });

  t.test('the map of all organisations shows communities, and counts what it shows', async (t) => {
    const svg = await ask('/v1/statistics/graph?asOf=2024-01-01', 'image/svg+xml');
    t.same(mapFaults(svg), []);
    t.ok(legendOf(svg).includes('municipality (342)'));
    t.notOk(legendOf(svg).some((text) => text.startsWith('foundation')));
  });

  t.test('a membership that is lost is seen', async (t) => {
    const day = '2020-01-01';
    await owner`delete from memberships where id = (select m.id from memberships m
      join organisations o on o.id = m.organisation_id
      where o.kind = 'municipality' and o.ends_on is null and m.starts_on < ${day} and m.ends_on is null limit 1)`;
    const [found, wanted] = [await countsByApi(ask, day), register.counts(day)];
    t.equal(found.memberships, wanted.memberships - 1);
  });
});

t.test('faults of a picture are found', async (t) => {
  const text = (x: number, y: number, words: string) => `<text class="n" x="${x}" y="${y}">${words}</text>`;
  const drawn = (...more: string[]) =>
    [
      '<?xml version="1.0" encoding="UTF-8"?>\n<svg width="600" height="300"><path class="m" fill="#000000" d="M0 0z"/>',
      ...[40, 80, 120, 160, 200].map((y) => text(20, y, 'Lindeveen')),
      ...more,
      '</svg>',
    ].join('');
  t.same(mapFaults(drawn()), []);
  t.same(mapFaults(drawn(text(60, 44, 'Oudveen'))), ['Oudveen and Lindeveen meet']);
  t.same(mapFaults(drawn(text(570, 40, 'Oudveen'))), ['Oudveen leaves the picture']);
  t.same(mapFaults(drawn('<path class="m" fill="#000000" d="M0 0z"/>')), ['the colour #000000 twice']);
});
