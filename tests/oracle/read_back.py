"""Reads what the writers of the formats wrote with igraph and networkx, and compares it with what was written.

Usage: read_back.py DIRECTORY, which holds, for every relation, RELATION.json, RELATION.graphml and RELATION.1.2.gexf and
RELATION.1.3.gexf (which is read where networkx can). With GEXF_SCHEMAS, a directory that holds the published schemas as
1.2/gexf.xsd and 1.3/gexf.xsd, and xmllint on the path (or in XMLLINT), GEXF is validated against them too.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import igraph
import networkx

directory = Path(sys.argv[1])
faults = []
looked = 0

versions = ["1.2"]
if tuple(int(part) for part in networkx.__version__.split(".")[:2]) >= (3, 6):
    versions.append("1.3")


def same(found, wanted):
    if wanted is None:
        return found is None or found == "" or (isinstance(found, float) and math.isnan(found))
    return found == wanted


def check(reader, what, found, wanted):
    global looked
    looked += 1
    if not same(found, wanted):
        faults.append(f"{reader}: {what} is {found!r}, not {wanted!r}")


class Relation:
    """What was written of one relation; its ties by both ends, in their order where they have a direction."""

    def __init__(self, name):
        self.name = name
        self.expected = json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
        self.directed = self.expected["directed"]
        self.nodes = {node["id"]: node for node in self.expected["nodes"]}
        self.ties = {self.key(tie["first"], tie["second"]): tie for tie in self.expected["ties"]}
        # Attributes that the relation does not have are null everywhere, and written nowhere.
        self.node_fields = self.fields(self.expected["nodes"], ("id", "name"))
        self.tie_fields = self.fields(self.expected["ties"], ("first", "second"))

    @staticmethod
    def fields(rows, left):
        return [name for name in rows[0] if name not in left and any(row[name] is not None for row in rows)]

    def key(self, first, second):
        return (first, second) if self.directed else frozenset((first, second))

    def path(self, kind):
        return str(directory / f"{self.name}.{kind}")

    def compare(self, reader, directed, nodes, ties):
        reader = f"{reader} {self.name}"
        check(reader, "directed", directed, self.directed)
        check(reader, "the set of organisations", set(nodes), set(self.nodes))
        for key, node in self.nodes.items():
            for field in ("name", *self.node_fields):
                check(reader, f"{field} of {key}", nodes.get(key, {}).get(field), node[field])
        found = {self.key(first, second): values for first, second, values in ties}
        check(reader, "the number of ties", len(ties), len(self.ties))
        check(reader, "the set of ties", set(found), set(self.ties))
        for key, tie in self.ties.items():
            for field in self.tie_fields:
                check(reader, f"{field} of {sorted(key)}", found.get(key, {}).get(field), tie[field])

    def read(self):
        for kind in ("graphml", "1.2.gexf", "1.3.gexf"):
            ElementTree.parse(self.path(kind))
        graph = igraph.Graph.Read_GraphML(self.path("graphml"))
        check("igraph GraphML", "dataVersion", graph["dataVersion"], self.expected["dataVersion"])
        self.compare(
            "igraph GraphML",
            graph.is_directed(),
            {v["id"]: v.attributes() for v in graph.vs},
            [(graph.vs[e.source]["id"], graph.vs[e.target]["id"], e.attributes()) for e in graph.es],
        )
        graph = networkx.read_graphml(self.path("graphml"))
        check("networkx GraphML", "dataVersion", graph.graph["dataVersion"], self.expected["dataVersion"])
        # networkx reads an empty text as a value that is not there.
        nodes = {key: {**values, "name": values.get("name") or ""} for key, values in graph.nodes(data=True)}
        self.compare("networkx GraphML", graph.is_directed(), nodes, list(graph.edges(data=True)))
        for version in versions:
            graph = networkx.read_gexf(self.path(f"{version}.gexf"))
            nodes = {key: {**values, "name": values.get("label")} for key, values in graph.nodes(data=True)}
            self.compare(f"networkx GEXF {version}", graph.is_directed(), nodes, list(graph.edges(data=True)))


def validate(names):
    """Validates GEXF against the published schemas; tells which versions were."""
    schemas, xmllint = os.environ.get("GEXF_SCHEMAS"), os.environ.get("XMLLINT") or shutil.which("xmllint")
    if not schemas or not xmllint:
        return "no schema"
    for version in ("1.2", "1.3"):
        for name in names:
            command = [xmllint, "--noout", "--nonet", "--schema", f"{schemas}/{version}/gexf.xsd"]
            done = subprocess.run([*command, f"{directory}/{name}.{version}.gexf"], capture_output=True, text=True)
            check("xmllint", f"the verdict on {name} {version} ({done.stderr.strip()[:600]})", done.returncode, 0)
    return "the schemas of 1.2 and 1.3"


relations = sorted(path.stem for path in directory.glob("*.json"))
for relation in relations:
    Relation(relation).read()
validated = validate(relations)

print(
    f"igraph {igraph.__version__}, networkx {networkx.__version__}, GEXF {', '.join(versions)} by {validated}: "
    f"{looked} values of {len(relations)} relations compared, {len(faults)} differ"
)
for fault in faults[:20]:
    print(fault)
sys.exit(1 if faults or looked < 2500 else 0)
