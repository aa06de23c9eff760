import type { z } from 'zod';
import type { Graph } from '../graph-schemas.ts';
import { graphFacts, nodeFieldsOf, tieFieldsOf } from './fields.ts';
import { xmlText } from './xml.ts';

type View = z.output<typeof Graph>;

const namespaces = { '1.3': 'http://gexf.net/1.3', '1.2': 'http://www.gexf.net/1.2draft' };

/**
 * A network as GEXF, of the version that is asked: static, directed where its ties are arcs, with typed attributes, the
 * weight that is asked, and day, data version and address in its description. What is null is left out.
 */
export function writeGexf(graph: View): string {
  const { gexfVersion } = graph.parameters;
  // The name is the label of a node, and no attribute beside it.
  const nodeAttributes = nodeFieldsOf(graph).filter(({ name }) => name !== 'name');
  const tieAttributes = tieFieldsOf(graph);
  const description = graphFacts(graph)
    .map(([name, value]) => `${name}: ${value}`)
    .join('; ');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<gexf xmlns="${namespaces[gexfVersion]}" version="${gexfVersion}">`,
    `<meta><creator>Samendoen</creator><description>${xmlText(description)}</description></meta>`,
    `<graph defaultedgetype="${graph.directed ? 'directed' : 'undirected'}" mode="static">`,
    ...attributesOf('node', nodeAttributes),
    ...attributesOf('edge', tieAttributes),
    '<nodes>',
    ...graph.nodes.map(
      (node) => `<node id="${node.id}" label="${xmlText(node.name)}">${valuesOf(nodeAttributes, node)}</node>`,
    ),
    '</nodes>',
    '<edges>',
    ...graph.ties.map(
      (tie, index) =>
        `<edge id="${index}" source="${tie.first}" target="${tie.second}" weight="${tie.weight}">${valuesOf(tieAttributes, tie)}</edge>`,
    ),
    '</edges>',
    '</graph>',
    '</gexf>',
    '',
  ].join('\n');
}

type Field<Of> = { readonly name: string; readonly type: string; readonly of: (one: Of) => string | number | null };

function attributesOf(scope: string, fields: readonly { readonly name: string; readonly type: string }[]): string[] {
  if (fields.length === 0) return [];
  return [
    `<attributes class="${scope}">`,
    ...fields.map(({ name, type }) => `<attribute id="${name}" title="${name}" type="${type}"/>`),
    '</attributes>',
  ];
}

function valuesOf<Of>(fields: readonly Field<Of>[], one: Of): string {
  const values = fields.map(({ name, of }) => ({ name, value: of(one) })).filter(({ value }) => value !== null);
  const written = values.map(({ name, value }) => `<attvalue for="${name}" value="${xmlText(String(value))}"/>`);
  return `<attvalues>${written.join('')}</attvalues>`;
}
