import { mkdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { administratorToken, newSecret, send } from '../../helpers/http.ts';
import { newDirectory } from '../../helpers/place.ts';
import { startNode, startProgram, type Teardown } from '../../helpers/programs.ts';
import { directory } from './register.ts';
import { mapFaults } from './register-map.ts';
import {
  type Compared,
  comparedMunicipalities,
  comparedNetwork,
  isEqual,
  referenceDay,
  relativeDifference,
} from './register-reference.ts';
import { type Ask, countsByApi, listByApi, RegisterRows, timelineByApi, years } from './register-years.ts';

// MAPS=DIRECTORY npm run proof:register also keeps the maps, to be looked at.
const maps = process.env.MAPS;

/** Imports the register by the command, starts a node on it, and asks it as a client does. */
async function nodeOfRegister(t: Teardown): Promise<Ask> {
  const dataDir = newDirectory();
  const command = startProgram(t, 'commands/import-register.ts', { DATA_DIR: dataDir }, [directory.path]);
  const { code } = await command.ended;
  if (code !== 0) throw new Error(`the import ended with ${code}: ${command.stderr()}`);
  const secret = newSecret();
  const { baseUrl } = await startNode(t, dataDir, { ADMIN_CLIENT_SECRET: secret });
  const token = await administratorToken(baseUrl, secret);
  return async (path, accept = 'application/json') => {
    const answer = await send(baseUrl, { path, token, headers: { accept } });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.text;
  };
}

const line = (cells: readonly (string | number)[]) => cells.map((cell) => String(cell).padStart(14)).join(' ');

/** What was computed elsewhere of two days: with all agreements in force, and memberships of those founded later. */
const elsewhere = {
  '2018-01-01': { municipalities: 381, inForce: 412, memberships: 2735, ties: 4760 },
  '2024-01-01': { municipalities: 342, inForce: 429, memberships: 2980, ties: 4313 },
};

t.test('ten years of the register, by the interface of a node', { skip: directory.skip }, async (t) => {
  const ask = await nodeOfRegister(t);
  const register = new RegisterRows();

  t.test('the network of the municipalities on the first day of each year', async (t) => {
    t.comment(
      line([
        'day',
        'municipalities',
        'in force',
        'with members',
        'with munic.',
        'memberships',
        'ties',
        'listed',
        'in a gap',
      ]),
    );
    for (const day of [...years, referenceDay]) {
      const found = await countsByApi(ask, day);
      t.same(found, register.counts(day), `the statistic of ${day} is what the rows say`);
      const inForce = register.inForce(day).size;
      const whole = JSON.parse(await ask(`/v1/statistics/network?asOf=${day}`)) as { allianceCount: number };
      const withMembers = register.withMembers(day).length;
      t.equal(whole.allianceCount, withMembers, 'of all organisations: the agreements in force with a member');
      const gap = register.inGap(day);
      const listed = (await listByApi(ask, `/v1/alliances?asOf=${day}&limit=200`)).map((one) => String(one.sourceKey));
      t.same(
        listed.sort(),
        [...register.inForce(day), ...gap].sort(),
        'an alliance also lasts through gaps between versions',
      );
      t.comment(
        line([
          ...[day, found.municipalities, inForce, withMembers, found.agreements, found.memberships, found.ties],
          ...[listed.length, gap.size],
        ]),
      );
      if (gap.size > 0) t.comment(`  in a gap between two versions: ${[...gap].join(', ')}`);
    }
  });

  t.test('where figures computed elsewhere are other ones, it is by another rule', async (t) => {
    for (const [day, wanted] of Object.entries(elsewhere)) {
      const { agreements: _, ...counts } = register.countsWithLater(day);
      t.same({ ...counts, inForce: register.inForce(day).size }, wanted, `${day}, with those founded later`);
      const { memberships, ties } = register.counts(day);
      t.comment(
        `${day}: memberships ${memberships}, elsewhere ${wanted.memberships}; ties ${ties}, elsewhere ${wanted.ties}`,
      );
      for (const early of register.early(day)) t.comment(`  before it exists: ${early}`);
    }
    t.same(register.early('2018-01-01'), ['Voorne aan Zee (2023-01-01) in 23018428']);
    t.same(register.early('2024-01-01'), []);
  });

  t.test('a municipality of which the register has two rows is counted twice', async (t) => {
    for (const day of years) {
      const codes = register.existing(day).map((row) => row.cbs_code ?? '');
      const twice = codes.filter((code, place) => codes.indexOf(code) !== place);
      t.same(
        twice,
        day < '2019-01-01' ? ['GM0079'] : [],
        `${day}: ${new Set(codes).size} municipalities by their codes`,
      );
    }
  });

  t.test('the time line gives the last day of each year', async (t) => {
    const points = await timelineByApi(ask, years[0] ?? '', years.at(-1) ?? '');
    t.equal(points.size, years.length - 1);
    for (const [day, found] of points) {
      t.same(found, register.counts(day), day);
      t.same(await countsByApi(ask, day), found, 'and the network of that day agrees');
    }
  });

  t.test('the figures of the reference', async (t) => {
    const compared = [...(await comparedNetwork(ask)), ...(await comparedMunicipalities(ask))];
    const byName = new Map<string, Compared[]>();
    for (const one of compared) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
    for (const [name, list] of byName) {
      const largest = Math.max(...list.map(relativeDifference));
      t.comment(
        `${name}: ${list.length} values, largest relative difference beyond rounding ${largest.toExponential(1)}`,
      );
    }
    t.ok(compared.length > 7 * 342, `${compared.length} values`);
    t.same(
      compared.filter((one) => !isEqual(one)),
      [],
    );
  });

  t.test('the maps can be read', async (t) => {
    const municipalities = 'organisationKind=municipality';
    const queries = {
      ...Object.fromEntries(
        years.map((day) => [`municipalities-${day}`, `asOf=${day}&${municipalities}&colourBy=region`]),
      ),
      communities: `asOf=${referenceDay}&${municipalities}&colourBy=community&sizeBy=strength`,
      'all-by-kind': `asOf=${referenceDay}&colourBy=kind`,
      'all-by-region': `asOf=${referenceDay}&colourBy=region&sizeBy=alliances`,
      limburg: `asOf=${referenceDay}&region=Limburg&colourBy=community&weighting=count`,
    };
    for (const [name, query] of Object.entries(queries)) {
      const svg = await ask(`/v1/statistics/graph?${query}`, 'image/svg+xml');
      t.same(mapFaults(svg), [], name);
      if (maps === undefined) continue;
      mkdirSync(maps, { recursive: true });
      writeFileSync(`${maps}/${name}.svg`, svg);
    }
  });
});
