"""Reads what the writers of the formats wrote with igraph and networkx, and compares it with what was written.

Usage: read_back.py DIRECTORY, which holds graph.json, graph.graphml and graph.1.2.gexf (1.3 is read where networkx can).
"""

import json
import math
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import igraph
import networkx

directory = Path(sys.argv[1])
expected = json.loads((directory / "graph.json").read_text(encoding="utf-8"))
nodes = {node["id"]: node for node in expected["nodes"]}
ties = {frozenset((tie["first"], tie["second"])): tie for tie in expected["ties"]}
faults = []
looked = 0


def same(found, wanted):
    if wanted is None:
        return found is None or found == "" or (isinstance(found, float) and math.isnan(found))
    return found == wanted


def check(reader, what, found, wanted):
    global looked
    looked += 1
    if not same(found, wanted):
        faults.append(f"{reader}: {what} is {found!r}, not {wanted!r}")


def check_nodes(reader, found, fields):
    check(reader, "the set of organisations", set(found), set(nodes))
    for key, node in nodes.items():
        for field in fields:
            check(reader, f"{field} of {key}", found.get(key, {}).get(field), node[field])


def check_ties(reader, found):
    check(reader, "the set of ties", set(found), set(ties))
    for key, tie in ties.items():
        for field, wanted in (
            ("weight", tie["newmanWeight"]),
            ("newmanWeight", tie["newmanWeight"]),
            ("sharedAllianceCount", tie["sharedAllianceCount"]),
        ):
            check(reader, f"{field} of {sorted(key)}", found.get(key, {}).get(field), wanted)


fields = ["kind", "region", "allianceCount", "degree", "strength", "community"]

for name in ("graph.graphml", "graph.1.2.gexf", "graph.1.3.gexf"):
    ElementTree.parse(directory / name)

graph = igraph.Graph.Read_GraphML(str(directory / "graph.graphml"))
check("igraph GraphML", "directed", graph.is_directed(), False)
check("igraph GraphML", "dataVersion", graph["dataVersion"], expected["dataVersion"])
check_nodes("igraph GraphML", {v["id"]: v.attributes() for v in graph.vs}, ["name", *fields])
check_ties(
    "igraph GraphML",
    {frozenset((graph.vs[e.source]["id"], graph.vs[e.target]["id"])): e.attributes() for e in graph.es},
)

graph = networkx.read_graphml(directory / "graph.graphml")
check("networkx GraphML", "type", type(graph), networkx.Graph)
check("networkx GraphML", "dataVersion", graph.graph["dataVersion"], expected["dataVersion"])
# networkx reads an empty text as a value that is not there.
empty = {key: {**values, "name": values.get("name") or ""} for key, values in graph.nodes(data=True)}
check_nodes("networkx GraphML", empty, ["name", *fields])
check_ties("networkx GraphML", {frozenset((a, b)): values for a, b, values in graph.edges(data=True)})

versions = ["1.2"]
if tuple(int(part) for part in networkx.__version__.split(".")[:2]) >= (3, 6):
    versions.append("1.3")
for version in versions:
    graph = networkx.read_gexf(directory / f"graph.{version}.gexf")
    found = {key: {**values, "name": values.get("label")} for key, values in graph.nodes(data=True)}
    check_nodes(f"networkx GEXF {version}", found, ["name", *fields])
    check_ties(f"networkx GEXF {version}", {frozenset((a, b)): values for a, b, values in graph.edges(data=True)})

print(f"igraph {igraph.__version__}, networkx {networkx.__version__}, GEXF {', '.join(versions)}: {looked} values compared, {len(faults)} differ")
for fault in faults[:20]:
    print(fault)
sys.exit(1 if faults or looked < 500 else 0)
