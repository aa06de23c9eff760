import fc from 'fast-check';
import t from 'tap';
import { writeGexf } from '../../../../src/features/statistics/formats/gexf.ts';
import { writeGraphml } from '../../../../src/features/statistics/formats/graphml.ts';
import { xmlText } from '../../../../src/features/statistics/formats/xml.ts';
import { dirtyGraph, readable } from './dirty-graph.ts';
import { all, readXml } from './read-xml.ts';

const relations = ['membership', 'initiatives', 'deeds', 'knowledge', 'ownership'] as const;

/** Without what is null: that is left out. */
const known = (values: object) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

t.test('any text comes back from XML, but for the characters that it forbids', async (t) => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const written = `<?xml version="1.0" encoding="UTF-8"?>\n<a b="${xmlText(text)}">${xmlText(text)}</a>`;
      const read = readXml(written);
      t.equal(read.text, readable(text));
      t.equal(read.attributes.b, readable(text));
    }),
    { numRuns: 500 },
  );
});

t.test('the reader of these tests refuses what is not well-formed', async (t) => {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  for (const body of [
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a>&</a>',
    '<a>&no;</a>',
    '<a>\u0001</a>',
    '<a b="1" b="2"/>',
    '<a b="<"/>',
    'x<a/>',
    '<a>]]></a>',
  ])
    t.throws(() => readXml(head + body), body);
});

t.test('GraphML holds every organisation and tie with typed values, and what it is of', async (t) => {
  for (const relation of relations) {
    const graph = dirtyGraph('1.3', relation);
    const root = readXml(writeGraphml(graph));
    t.equal(root.attributes.xmlns, 'http://graphml.graphdrawing.org/xmlns');
    const keys = new Map(all(root, 'key').map(({ attributes }) => [attributes.id, attributes]));
    const dataOf = (element: { children: ReturnType<typeof all> }) =>
      Object.fromEntries(
        element.children
          .filter(({ name }) => name === 'data')
          .map(({ attributes, text }) => {
            const key = keys.get(attributes.key ?? '');
            return [key?.['attr.name'], key?.['attr.type'] === 'string' ? text : Number(text)];
          }),
      );
    const [drawn] = all(root, 'graph');
    t.equal(drawn?.attributes.edgedefault, graph.directed ? 'directed' : 'undirected', relation);
    t.match(dataOf(drawn ?? { children: [] }), {
      dataVersion: graph.dataVersion,
      asOf: graph.asOf,
      definition: graph.definition.text,
      query: graph.query,
    });
    t.same(
      all(root, 'node').map((node) => ({ id: node.attributes.id, ...dataOf(node) })),
      graph.nodes.map((node) => known({ ...node, name: readable(node.name) })),
    );
    t.same(
      all(root, 'edge').map((tie) => ({
        first: tie.attributes.source,
        second: tie.attributes.target,
        ...dataOf(tie),
      })),
      graph.ties.map(known),
    );
    for (const { 'attr.type': type } of keys.values()) t.ok(['string', 'long', 'double'].includes(type ?? ''));
    const named = [...keys.values()].map(({ for: scope, 'attr.name': name }) => `${scope} ${name}`);
    t.equal(named.includes('node inDegree'), graph.directed, 'a relation has the attributes that fit it');
    t.equal(named.includes('node allianceCount'), relation === 'membership');
    t.equal(named.includes('edge sharedCount'), relation === 'membership' || relation === 'initiatives');
  }
});

t.test('GEXF of both versions holds the same', async (t) => {
  for (const [version, namespace] of [
    ['1.3', 'http://gexf.net/1.3'],
    ['1.2', 'http://www.gexf.net/1.2draft'],
  ] as const)
    for (const relation of relations) {
      const graph = dirtyGraph(version, relation);
      const root = readXml(writeGexf(graph));
      t.match(root.attributes, { xmlns: namespace, version });
      t.match(all(root, 'description')[0]?.text, graph.dataVersion);
      const [drawn] = all(root, 'graph');
      t.equal(drawn?.attributes.defaultedgetype, graph.directed ? 'directed' : 'undirected', relation);
      const types = new Map(all(root, 'attribute').map(({ attributes }) => [attributes.id, attributes.type]));
      const valuesOf = (element: typeof root) =>
        Object.fromEntries(
          all(element, 'attvalue').map(({ attributes }) => [
            attributes.for,
            types.get(attributes.for ?? '') === 'string' ? attributes.value : Number(attributes.value),
          ]),
        );
      t.same(
        all(root, 'node').map((node) => ({ id: node.attributes.id, name: node.attributes.label, ...valuesOf(node) })),
        graph.nodes.map((node) => known({ ...node, name: readable(node.name) })),
      );
      t.same(
        all(root, 'edge').map(({ attributes, ...edge }) => ({
          first: attributes.source,
          second: attributes.target,
          weight: Number(attributes.weight),
          ...valuesOf({ attributes, ...edge }),
        })),
        graph.ties.map(known),
      );
      t.equal(new Set(all(root, 'edge').map(({ attributes }) => attributes.id)).size, graph.ties.length);
    }
});
