import fc from 'fast-check';
import t from 'tap';
import { writeGexf } from '../../../../src/features/statistics/formats/gexf.ts';
import { writeGraphml } from '../../../../src/features/statistics/formats/graphml.ts';
import { xmlText } from '../../../../src/features/statistics/formats/xml.ts';
import { dirtyGraph, readable } from './dirty-graph.ts';
import { all, readXml } from './read-xml.ts';

const graph = dirtyGraph();

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
  t.equal(drawn?.attributes.edgedefault, 'undirected');
  t.match(dataOf(drawn ?? { children: [] }), {
    dataVersion: graph.dataVersion,
    asOf: graph.asOf,
    definition: graph.definition.text,
    query: graph.query,
  });
  const nodes = all(root, 'node').map((node) => ({ id: node.attributes.id, ...dataOf(node) }));
  t.same(
    nodes,
    graph.nodes.map((node) =>
      Object.fromEntries(Object.entries({ ...node, name: readable(node.name) }).filter(([, value]) => value !== null)),
    ),
    'what is null is left out',
  );
  const ties = all(root, 'edge').map((tie) => ({
    first: tie.attributes.source,
    second: tie.attributes.target,
    ...dataOf(tie),
  }));
  t.same(
    ties,
    graph.ties.map((tie) => ({ ...tie, weight: tie.newmanWeight })),
  );
  for (const { 'attr.type': type } of keys.values()) t.ok(['string', 'long', 'double'].includes(type ?? ''));
  const counted = writeGraphml({ ...graph, parameters: { ...graph.parameters, weighting: 'count' } });
  t.match(counted, '<data key="edge-weight">1</data><data key="edge-sharedAllianceCount">1</data>');
});

t.test('GEXF of both versions holds the same', async (t) => {
  for (const [version, namespace] of [
    ['1.3', 'http://gexf.net/1.3'],
    ['1.2', 'http://www.gexf.net/1.2draft'],
  ] as const) {
    const root = readXml(writeGexf(dirtyGraph(version)));
    t.match(root.attributes, { xmlns: namespace, version });
    t.match(all(root, 'description')[0]?.text, graph.dataVersion);
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
      graph.nodes.map((node) =>
        Object.fromEntries(
          Object.entries({ ...node, name: readable(node.name) }).filter(([, value]) => value !== null),
        ),
      ),
    );
    t.same(
      all(root, 'edge').map(({ attributes, ...edge }) => ({
        first: attributes.source,
        second: attributes.target,
        weight: Number(attributes.weight),
        ...valuesOf({ attributes, ...edge }),
      })),
      graph.ties.map((tie) => ({ ...tie, weight: tie.newmanWeight })),
    );
    t.equal(new Set(all(root, 'edge').map(({ attributes }) => attributes.id)).size, graph.ties.length);
  }
});
