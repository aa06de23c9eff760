"""Gives the values of igraph (and of networkx where igraph has no such measure) for graphs that are read as JSON.

Input: a list of {n, directed, from, to, weights, groups}, ties as they were found (self-ties and parallel ones
included), or of {n, alliances, weighting, groups}, alliances as lists of members. Output: a list of values by name, one
object for each graph, null where a value is undefined. The conventions are those of the documentation of statistics.
"""

import json
import math
import sys
from itertools import combinations

import igraph
import networkx
import numpy


def simple(given):
    graph = igraph.Graph(n=given["n"], directed=given["directed"])
    graph.add_edges(list(zip(given["from"], given["to"])))
    graph.es["weight"] = given["weights"]
    return graph.simplify(combine_edges="sum")


def projected(given):
    n, alliances = given["n"], given["alliances"]
    pairs = [(member, n + place) for place, members in enumerate(alliances) for member in set(members)]
    two_mode = igraph.Graph(n=n + len(alliances))
    two_mode.vs["type"] = [False] * n + [True] * len(alliances)
    two_mode.add_edges(pairs)
    graph = two_mode.bipartite_projection(multiplicity=True)[0] if n > 0 else igraph.Graph()
    if "weight" not in graph.es.attributes():
        graph.es["weight"] = []
    if given["weighting"] == "count":
        return graph
    of = [two_mode.neighbors(one) for one in range(n)]
    for tie in graph.es:
        one, other = (set(of[end]) for end in tie.tuple)
        if given["weighting"] == "newman":
            tie["weight"] = math.fsum(1 / (two_mode.degree(alliance) - 1) for alliance in one & other)
        else:
            tie["weight"] = len(one & other) / len(one | other)
    return graph


def undirected(graph):
    return graph.as_undirected(mode="collapse", combine_edges="sum") if graph.is_directed() else graph


def defined(value):
    return None if value is None or math.isnan(value) else value


def vector(values):
    return [defined(value) for value in values]


def path_values(graph, names, weights):
    """Distances along the direction of the ties; with weights, their lengths."""
    n = graph.vcount()
    mode = "out"
    rows = graph.distances(weights=weights, mode=mode) if n > 0 else []
    reached = [[d for other, d in enumerate(row) if other != own and d != math.inf] for own, row in enumerate(rows)]
    values = {
        names + "Reach": [len(row) for row in reached],
        names + "Harmonic": vector(graph.harmonic_centrality(mode=mode, weights=weights)) if n > 1 else [None] * n,
        names + "Component": vector(graph.closeness(mode=mode, weights=weights)) if n > 0 else [],
        names + "Betweenness": graph.betweenness(directed=graph.is_directed(), weights=weights) if n > 0 else [],
    }
    return values, reached


def network_paths(graph, reached):
    n = graph.vcount()
    pairs = n * (n - 1)
    count = sum(len(row) for row in reached)
    return {
        "diameter": graph.diameter(directed=True, unconn=True) if count > 0 else None,
        "averagePath": defined(graph.average_path_length(directed=True, unconn=True)) if count > 0 else None,
        "reachableShare": count / pairs if pairs > 0 else None,
        "globalEfficiency": math.fsum(1 / d for row in reached for d in row) / pairs if pairs > 0 else None,
    }


def eigenvector(graph):
    """The vector of the component with the largest eigenvalue; each its own where several share it."""
    if graph.ecount() == 0:
        return None
    parts = []
    for members in graph.connected_components():
        part = graph.induced_subgraph(members)
        if part.ecount() == 0:
            continue
        found, value = part.eigenvector_centrality(weights="weight", return_eigenvalue=True)
        parts.append((value, members, part, found))
    largest = max(value for value, _, _, _ in parts)
    values = [0.0] * graph.vcount()
    for value, members, part, found in parts:
        if value >= largest * (1 - 1e-10):
            for node in part.vs:
                values[graph.vs[members[node.index]].index] = found[node.index]
    return values


def freeman(values, greatest):
    return sum(max(values) - value for value in values) / greatest


def centralisations(graph, betweenness):
    n = graph.vcount()
    directed = graph.is_directed()
    halves = 1 if directed else 2
    values = {
        "betweennessCentralisation": freeman(betweenness, (n - 1) ** 2 * (n - 2) / halves) if n > 2 else None,
    }
    degree = undirected(graph).degree()
    values["degreeCentralisation"] = freeman(degree, (n - 1) * (n - 2)) if n > 2 else None
    for mode in ("in", "out"):
        values[mode + "Centralisation"] = freeman(graph.degree(mode=mode), (n - 1) ** 2) if directed and n > 1 else None
    return values


def cores(graph):
    """Core numbers, and the fewest errors of any core: over all sets of nodes, so for small graphs alone."""
    n, ties = graph.vcount(), {frozenset(tie.tuple) for tie in graph.es}
    values = {"core": graph.coreness() if n > 0 else []}
    if n > 12 or not ties:
        return values
    best = None
    for size in range(n + 1):
        for chosen in combinations(range(n), size):
            core = set(chosen)
            missing = sum(frozenset(pair) not in ties for pair in combinations(chosen, 2))
            errors = missing + sum(not (tie & core) for tie in ties)
            if best is None or errors < best[0]:
                best = (errors, size)
    return {**values, "coreErrors": best[0], "coreSize": best[1]}


def effective_size(graph):
    """Burt's weighted effective size, which networkx has and igraph has not; as matrices where networkx is too slow."""
    n = graph.vcount()
    if n <= 60:
        other = networkx.Graph()
        other.add_nodes_from(range(n))
        other.add_weighted_edges_from((*tie.tuple, tie["weight"]) for tie in graph.es)
        sizes = networkx.effective_size(other, weight="weight")
        return [sizes[one] for one in range(n)]
    weights = numpy.zeros((n, n))
    for tie in graph.es:
        weights[tie.source, tie.target] = weights[tie.target, tie.source] = tie["weight"]
    with numpy.errstate(invalid="ignore"):
        shares = numpy.nan_to_num(weights / weights.sum(axis=1, keepdims=True))
        marginal = numpy.nan_to_num(weights / weights.max(axis=1, keepdims=True))
    redundant = ((shares @ marginal.T) * (weights > 0)).sum(axis=1)
    return [degree - float(redundant[one]) for one, degree in enumerate(graph.degree())]


def holes(graph):
    if graph.ecount() == 0:
        return {name: [None] * graph.vcount() for name in ("constraint", "effectiveSize")}
    values = {"constraint": graph.constraint(weights="weight"), "effectiveSize": effective_size(graph)}
    degrees = graph.degree()
    return {name: [None if d == 0 else value for d, value in zip(degrees, found)] for name, found in values.items()}


def wasserman_faust(graph, component):
    """By networkx, which takes the distances inward: of the graph with its arcs turned."""
    other = (networkx.DiGraph if graph.is_directed() else networkx.Graph)()
    other.add_nodes_from(range(graph.vcount()))
    other.add_edges_from((tie.target, tie.source) for tie in graph.es)
    found = networkx.closeness_centrality(other)
    return [None if value is None else found[one] for one, value in enumerate(component)]


def clustering(graph):
    n = graph.vcount()
    local = vector(graph.transitivity_local_undirected(mode="nan")) if n > 0 else []
    known = [value for value in local if value is not None]
    return {
        "localClustering": local,
        "transitivity": defined(graph.transitivity_undirected(mode="nan")) if n > 0 else None,
        "meanLocalDefined": math.fsum(known) / len(known) if known else None,
        "meanLocal": math.fsum(known) / n if n > 0 else None,
    }


def mixing(graph, groups):
    n, ties = graph.vcount(), graph.ecount()
    external = sum(groups[a] != groups[b] for a, b in (tie.tuple for tie in graph.es))
    apart = sum(a != b for a, b in combinations(groups, 2))
    one_group = len({groups[end] for tie in graph.es for end in tie.tuple}) < 2
    return {
        "externalInternal": (2 * external - ties) / ties if ties > 0 else None,
        "expectedExternalInternal": 2 * apart / (n * (n - 1) / 2) - 1 if n > 1 else None,
        "assortativity": None if one_group else defined(graph.assortativity_nominal(groups, directed=graph.is_directed())),
    }


def parts(found):
    names = {}
    return [names.setdefault(name, len(names)) for name in found.membership]


def values_of(given):
    graph = projected(given) if "alliances" in given else simple(given)
    n, directed, both = graph.vcount(), graph.is_directed(), undirected(graph)
    values, reached = path_values(graph, "", None)
    lengths = [1 / weight for weight in graph.es["weight"]]
    values.update(path_values(graph, "weighted", lengths)[0] if graph.ecount() > 0 else {})
    values.update(network_paths(graph, reached))
    values.update(centralisations(graph, values["Betweenness"]))
    values.update(cores(both))
    values.update(holes(both))
    values.update(clustering(both))
    values.update(mixing(graph, given["groups"]))
    values.update(
        tieCount=graph.ecount(),
        outDegree=graph.degree(mode="out"),
        inDegree=graph.degree(mode="in"),
        outStrength=graph.strength(mode="out", weights="weight") if n > 0 else [],
        components=parts(graph.connected_components(mode="weak")) if n > 0 else [],
        strongComponents=parts(graph.connected_components(mode="strong")) if n > 0 else [],
        reciprocity=graph.reciprocity() if directed and graph.ecount() > 0 else None,
        wassermanFaust=wasserman_faust(graph, values["Component"]),
        eigenvector=eigenvector(both),
        pageRank=graph.pagerank(damping=0.85, weights="weight") if n > 0 else [],
    )
    return values


json.dump([values_of(given) for given in json.load(sys.stdin)], sys.stdout)
