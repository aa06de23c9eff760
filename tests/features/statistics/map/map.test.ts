import fc from 'fast-check';
import t from 'tap';
import { drawsOf } from '../../../../src/features/statistics/kernel/seeded.ts';
import { finish } from '../../../../src/features/statistics/kernel/work.ts';
import { letterSize, placeLabels, textWidth } from '../../../../src/features/statistics/map/labels.ts';
import { fitted, layOut } from '../../../../src/features/statistics/map/layout.ts';
import { type Lines, type Point, pictureOf, type Wording } from '../../../../src/features/statistics/map/picture.ts';
import { writeSvg } from '../../../../src/features/statistics/map/svg.ts';
import { wordsOf } from '../../../../src/features/statistics/map/words.ts';
import type { Selection } from '../../../../src/features/statistics/rules.ts';
import { dirtyGraph, readable } from '../formats/dirty-graph.ts';
import { all, readXml } from '../formats/read-xml.ts';

const wording: Wording = {
  title: 'Organisations & alliances',
  description: 'A < network',
  corner: 'data version AAAA · seed 1',
  lines: ['A line: a tie'],
  tapered: false,
  sizeBy: 'degree',
  colourBy: 'kind',
};
const dirty = dirtyGraph().nodes;

/** Points in so many communities, each a ring, and the rings in a row. */
function network(count: number, communities: number, loose = 0): { points: Point[]; lines: Lines } {
  const points = Array.from({ length: count + loose }, (_, index): Point => {
    const { name = '', kind = '' } = dirty[index % dirty.length] ?? {};
    return {
      name,
      kind,
      region: index % 2 === 0 ? 'Maarland' : null,
      community: index < count ? index % communities : -1,
      size: index % 9,
    };
  });
  const ring = Array.from({ length: count }, (_, index) => [index, (index + communities) % count] as const);
  const row = Array.from({ length: communities - 1 }, (_, index) => [index, index + 1] as const);
  const ties = [...ring, ...row];
  return {
    points,
    lines: {
      first: Int32Array.from(ties, ([one]) => one),
      second: Int32Array.from(ties, ([, other]) => other),
      weight: Float64Array.from(ties, (_, index) => 1 / (1 + (index % 4))),
    },
  };
}

async function drawn({ points, lines }: ReturnType<typeof network>, seed = 1, more: Partial<Wording> = {}) {
  const picture = pictureOf(points, lines, { ...wording, ...more });
  return writeSvg(picture, finish(layOut(picture.bodies, seed)));
}

t.test('the same network and seed are drawn to the same byte, another seed otherwise', async (t) => {
  const small = network(30, 3);
  t.equal(await drawn(small), await drawn(small));
  t.not(await drawn(small, 2), await drawn(small));
});

t.test(
  'a map is well-formed, whatever the names are, and tells every organisation when one points at it',
  async (t) => {
    const root = readXml(await drawn(network(36, 3, 5)));
    t.match(root.attributes, { role: 'img', 'aria-labelledby': 'title desc' });
    const [title, ...others] = all(root, 'title').map(({ text }) => text);
    t.equal(title, wording.title);
    t.equal(all(root, 'desc')[0]?.text, wording.description);
    t.equal(others.length, 41, 'with those without ties');
    const firsts = new Set(others.map((text) => text.slice(0, text.lastIndexOf('\n'))));
    for (const { name } of dirty) t.ok(firsts.has(readable(name)), JSON.stringify(name));
    t.ok(
      all(root, 'text').some(({ text }) => text === wording.corner),
      'data version and seed in the corner',
    );
    t.same(all(root, 'script'), []);
    const paths = all(root, 'path').map(({ attributes }) => attributes.d ?? '');
    t.notOk(paths.some((path) => /NaN|Infinity|undefined/.test(path)));
  },
);

t.test('colour and shape both tell the kind, and the legend names them', async (t) => {
  const root = readXml(await drawn(network(20, 2)));
  const labels = all(root, 'text').map(({ text }) => text);
  t.ok(labels.includes('municipality (10)') && labels.includes('care organisation (10)'));
  const signs = all(root, 'g').map((sign) => all(sign, 'path')[0]?.attributes);
  const shapes = new Map(signs.map((sign) => [sign?.fill, sign?.d?.replace(/[\d. -]+/g, '')]));
  t.equal(shapes.size, 2);
  t.equal(new Set(shapes.values()).size, 2);
});

t.test('thirteen regions have a colour and a shape of their own, the same whatever their sizes are', async (t) => {
  const regions = Array.from({ length: 14 }, (_, index) => `Streek ${String.fromCharCode(65 + index)}`);
  const legendIn = async (count: number, sizes: (index: number) => number) => {
    const { points, lines } = network(300, 3);
    const named = points.map((point, index) => ({ ...point, region: regions[sizes(index) % count] ?? null }));
    const root = readXml(await drawn({ points: named, lines }, 1, { colourBy: 'region' }));
    const signs = root.children.flatMap(({ name, attributes: { class: kind, fill, d } }) =>
      name === 'path' && kind === 'm' ? [`${fill} ${d?.replace(/^M\S+ \S+/, '').replace(/[\d.]+/g, '')}`] : [],
    );
    const texts = all(root, 'text').flatMap(({ text }) => /^(.+) \((\d+)\)$/.exec(text) ?? []);
    const names = texts.filter((_, place) => place % 3 === 1);
    return new Map(names.map((name, place) => [name, signs[place] ?? '']));
  };
  const legend = await legendIn(13, (index) => index);
  t.same([...legend.keys()], regions.slice(0, 13));
  t.equal(new Set([...legend.values()].map((sign) => sign.split(' ')[0])).size, 13);
  t.same(await legendIn(13, (index) => Math.floor(Math.sqrt(index))), legend);
  const more = await legendIn(14, (index) => Math.floor(Math.sqrt(index)));
  t.equal(more.size, 14);
  t.notOk(more.has('Streek E'), 'the smallest is told with the others');
  t.ok(more.has('other regions'));
});

t.test('the legend counts what is drawn', async (t) => {
  const { points, lines } = network(20, 2, 200);
  const kinds = points.map((point) => ({ ...point, kind: point.community < 0 ? 'foundation' : 'municipality' }));
  const texts = all(readXml(await drawn({ points: kinds, lines })), 'text').map(({ text }) => text);
  t.ok(texts.includes('municipality (20)'));
  t.notOk(texts.some((text) => text.startsWith('foundation')));
  t.ok(texts.includes('Not drawn: 200 organisations'));
});

t.test('a name that must stand is led out of a crowd, and one of every group stands', async (t) => {
  const across = 13;
  const places = {
    x: Float64Array.from({ length: across ** 2 + 2 }, (_, index) => 220 + (index % across) * 13),
    y: Float64Array.from({ length: across ** 2 + 2 }, (_, index) => 220 + Math.floor(index / across) * 13),
  };
  const [alone, other] = [across ** 2, across ** 2 + 1];
  places.x.set([30, 30], alone);
  places.y.set([30, 60], alone);
  const radius = new Float64Array(places.x.length).fill(5);
  const frame = { left: 0, top: 0, width: 600, height: 600 };
  const names = [...places.x.keys()].map((index) => `Naam ${index}`);
  const [middle, beside] = [Math.floor(across ** 2 / 2), Math.floor(across ** 2 / 2) + 4];
  const wanted = { first: [middle], groups: [[beside], [alone, other]], most: 2 };
  const labels = placeLabels(names, wanted, { places, radius, frame });
  t.same(
    labels.map(({ index, away }) => [index, away !== undefined]),
    [
      [alone, false],
      [other, false],
      [middle, true],
      [beside, true],
    ],
  );
  for (const { index, text, x, y } of labels) {
    const covering = [...places.x.keys()].filter((sign) => {
      const dx = Math.max(x - (places.x[sign] ?? 0), 0, (places.x[sign] ?? 0) - x - textWidth(text));
      const dy = Math.max(y - letterSize - (places.y[sign] ?? 0), 0, (places.y[sign] ?? 0) - y);
      return sign !== index && Math.hypot(dx, dy) < 4;
    });
    t.same(covering, [], `${text} covers no sign`);
  }
});

t.test('an arc is broad where it begins and thin where it ends, and pies are tied by plain lines', async (t) => {
  const { points } = network(2, 1);
  const lines = {
    first: Int32Array.from([0]),
    second: Int32Array.from([1]),
    weight: Float64Array.from([1]),
  };
  const shapeOf = async (of: Lines, tapered: boolean) => {
    const picture = pictureOf(points, of, { ...wording, tapered });
    const laidOut = { x: Float64Array.from([0, 10]), y: Float64Array.from([0, 0]) };
    const [path] = all(readXml(writeSvg(picture, laidOut)), 'path');
    const corners =
      (path?.attributes.d ?? '').match(/-?[\d.]+ -?[\d.]+/g)?.map((one) => one.split(' ').map(Number)) ?? [];
    return { path: path?.attributes, corners };
  };
  const there = await shapeOf(lines, true);
  const back = await shapeOf({ ...lines, first: lines.second, second: lines.first }, true);
  t.equal(there.path?.class, 'a');
  const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = [], [x3 = 0, y3 = 0] = [], [x4 = 0, y4 = 0] = []] = there.corners;
  t.ok(x1 === x4 && x2 === x3 && x1 < x2, 'from the left to the right');
  t.ok(Math.abs(y1 - y4) > 2 && Math.abs(y2 - y3) < 1, 'and broad at the left');
  t.ok((back.corners[0]?.[0] ?? 0) > (back.corners[1]?.[0] ?? 0), 'and one to the left');
  t.equal((await shapeOf(lines, false)).path?.class, 't');
  const large = network(505, 5);
  const pies = await drawn(large, 1, { tapered: true });
  t.notMatch(pies, 'class="a"');
  t.match(pies, 'either way; the thicker');
});

t.test('the words of a map name the relation, its direction and its days', async (t) => {
  const selection = (relation: 'membership' | 'deeds', from: string | null, until: string | null): Selection => ({
    ...{ relation, from, until, asOf: '2026-05-16', organisationId: null },
    ...{ organisationKind: null, region: null, allianceId: null, allianceKind: null, theme: null },
  });
  const counts = { organisationCount: 4, tieCount: 1, isolateCount: 2, countedCount: 1 };
  const titles = (
    [
      ['membership', null, null],
      ['deeds', null, null],
      ['deeds', '2026-01-01', null],
      ['deeds', '2026-01-01', '2026-02-01'],
      ['deeds', null, '2027-01-01'],
    ] as const
  ).map(([relation, from, until]) => wordsOf(selection(relation, from, until), 'degree', counts).title);
  const deeds = 'Confirmed deeds, from promiser to beneficiary';
  t.same(titles, [
    'Organisations that share an alliance, 2026-05-16',
    `${deeds}, up to and with 2026-05-16`,
    `${deeds}, from 2026-01-01 up to and with 2026-05-16`,
    `${deeds}, from 2026-01-01 until 2026-02-01`,
    `${deeds}, up to and with 2026-05-16`,
  ]);
  t.match(wordsOf(selection('deeds', null, null), 'inDegree', counts), {
    description: '4 organisations, 1 arc, 1 deed; 2 without ties. Closed spaces are not counted.',
    tapered: true,
    sizeBy: 'in-degree',
  });
});

t.test('signs do not cover each other', async (t) => {
  const { points, lines } = network(120, 4);
  const picture = pictureOf(points, lines, wording);
  const radius = Float64Array.from(picture.marks, (mark) => mark.radius);
  const frame = { left: 0, top: 0, width: 1000, height: 700 };
  const { x, y } = fitted(finish(layOut(picture.bodies, 1)), radius, frame);
  const apart = (one: number, other: number) =>
    Math.hypot((x[one] ?? 0) - (x[other] ?? 0), (y[one] ?? 0) - (y[other] ?? 0)) -
    (radius[one] ?? 0) -
    (radius[other] ?? 0);
  const covered = [...radius.keys()].flatMap((one) =>
    [...radius.keys()].slice(0, one).filter((other) => apart(one, other) < 0),
  );
  t.same(covered, []);
  t.ok(x.every((one) => one >= 0 && one <= 1000) && y.every((one) => one >= 0 && one <= 700));
});

t.test('names do not meet, and stay within the frame', async (t) => {
  const frame = { left: 0, top: 0, width: 400, height: 300 };
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 60 }), (seed, count) => {
      const draw = drawsOf(seed);
      const places = {
        x: Float64Array.from({ length: count }, () => draw() * 400),
        y: Float64Array.from({ length: count }, () => draw() * 300),
      };
      const names = Array.from({ length: count }, (_, index) => `Gemeente ${'abcdefghij'.slice(index % 10)} ${index}`);
      const radius = new Float64Array(count).fill(5);
      const keys = [...names.keys()];
      const wanted = { first: keys.slice(0, 9), groups: [keys.slice(9, 20), keys.slice(20)], most: 30 };
      const labels = placeLabels(names, wanted, { places, radius, frame });
      const boxes = labels.map(({ x, y, text }) => ({
        left: x,
        right: x + textWidth(text),
        top: y - letterSize * 0.95,
        bottom: y + letterSize * 0.3,
      }));
      for (const [index, box] of boxes.entries()) {
        t.ok(box.left >= 0 && box.right <= 400 && box.top >= -1e-9 && box.bottom <= 300 + 1e-9);
        for (const other of boxes.slice(0, index))
          t.notOk(box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
      }
    }),
  );
});

t.test('up to 500 organisations are drawn one by one, more as pies of their communities', async (t) => {
  const titlesOf = async (count: number, loose: number) =>
    all(readXml(await drawn(network(count, 5, loose), 1, { colourBy: 'region' })), 'g').map(
      (sign) => all(sign, 'title')[0]?.text ?? '',
    );
  t.equal((await titlesOf(500, 0)).length, 500);
  const pies = await titlesOf(505, 300);
  t.equal(pies.length, 5);
  t.match(pies[0], /^Community 1: 101 organisations\nMaarland: \d+, without region: \d+$/);
});

t.test('a network without ties or organisations is a picture too', async (t) => {
  for (const [count, loose] of [
    [0, 0],
    [0, 3],
  ] as const) {
    const points = network(1, 1, loose).points.slice(1);
    const lines = { first: new Int32Array(count), second: new Int32Array(count), weight: new Float64Array(count) };
    const root = readXml(await drawn({ points, lines }));
    t.equal(all(root, 'g').length, loose);
  }
});
