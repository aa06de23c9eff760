import type { z } from 'zod';
import type { Graph } from '../graph-schemas.ts';
import { graphFacts, nodeFields, tieFields, weightOf } from './fields.ts';
import { xmlText } from './xml.ts';

type View = z.output<typeof Graph>;

const namespaces = { '1.3': 'http://gexf.net/1.3', '1.2': 'http://www.gexf.net/1.2draft' };

/** The name is the label of a node, and no attribute beside it. */
const nodeAttributes = nodeFields.filter(({ name }) => name !== 'name');

/**
 * A network as GEXF, of the version that is asked: undirected and static, with typed attributes, the weight that is
 * asked, and day, data version and address in its description. What is null is left out.
 */
export function writeGexf(graph: View): string {
  const { gexfVersion } = graph.parameters;
  const description = graphFacts(graph)
    .map(([name, value]) => `${name}: ${value}`)
    .join('; ');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<gexf xmlns="${namespaces[gexfVersion]}" version="${gexfVersion}">`,
    `<meta><creator>Samendoen</creator><description>${xmlText(description)}</description></meta>`,
    '<graph defaultedgetype="undirected" mode="static">',
    ...attributesOf('node', nodeAttributes),
    ...attributesOf('edge', tieFields),
    '<nodes>',
    ...graph.nodes.map(
      (node) => `<node id="${node.id}" label="${xmlText(node.name)}">${valuesOf(nodeAttributes, node)}</node>`,
    ),
    '</nodes>',
    '<edges>',
    ...graph.ties.map(
      (tie, index) =>
        `<edge id="${index}" source="${tie.first}" target="${tie.second}" weight="${weightOf(graph, tie)}">${valuesOf(tieFields, tie)}</edge>`,
    ),
    '</edges>',
    '</graph>',
    '</gexf>',
    '',
  ].join('\n');
}

type Field<Of> = { readonly name: string; readonly type: string; readonly of: (one: Of) => string | number | null };

const attributesOf = (scope: string, fields: readonly { readonly name: string; readonly type: string }[]): string[] => [
  `<attributes class="${scope}">`,
  ...fields.map(({ name, type }) => `<attribute id="${name}" title="${name}" type="${type}"/>`),
  '</attributes>',
];

function valuesOf<Of>(fields: readonly Field<Of>[], one: Of): string {
  const values = fields.map(({ name, of }) => ({ name, value: of(one) })).filter(({ value }) => value !== null);
  const written = values.map(({ name, value }) => `<attvalue for="${name}" value="${xmlText(String(value))}"/>`);
  return `<attvalues>${written.join('')}</attvalues>`;
}
