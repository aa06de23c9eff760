"""The processor time of igraph for the measures of our kernels, on the network in a folder.

statistics-igraph.py FOLDER RUNS MEASURE...: values are written to the folder, in doubles; what is undefined is NaN.
Graphs are made outside the timed part. Each measure is computed once cold and RUNS times warm, unless that takes long.
"""

import json
import os
import resource
import statistics
import sys
import time

import igraph
import numpy

TOO_LONG = 20
WARM_UP = 0.3

folder, runs, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def path(name):
    return os.path.join(folder, name)


def write(name, values):
    numpy.asarray(values, dtype=numpy.float64).tofile(path(name + ".igraph"))


with open(path("network.json")) as file:
    network = json.load(file)
n = network["organisationCount"]
two_mode = igraph.Graph(n=n + network["allianceCount"])
two_mode.vs["type"] = [False] * n + [True] * network["allianceCount"]
two_mode.add_edges([(one, n + other) for one, other in zip(network["organisationOf"], network["allianceOf"])])
ends = numpy.fromfile(path("ends.i32"), dtype=numpy.int32).reshape(-1, 2)
graph = igraph.Graph(n=n, edges=ends)
graph.es["weight"] = numpy.fromfile(path("weights.f64")).tolist()


def as_rows(projection):
    """The neighbours of each node in rising order, both ways, with the number of shared alliances."""
    pairs = numpy.array(projection.get_edgelist())
    rows = numpy.concatenate([pairs, pairs[:, ::-1]])
    weights = numpy.tile(numpy.array(projection.es["weight"]), 2)
    order = numpy.lexsort((rows[:, 1], rows[:, 0]))
    offsets = numpy.concatenate([[0], numpy.cumsum(numpy.bincount(rows[:, 0], minlength=n))])
    return {"tieOffsets": offsets, "tieItems": rows[order, 1], "tieWeights": weights[order], "nodes": [n]}


def parts(membership):
    names = {}
    return [names.setdefault(name, len(names)) for name in membership]


def figures():
    return (
        graph.degree(),
        graph.connected_components(),
        graph.transitivity_local_undirected(mode="nan"),
        graph.transitivity_undirected(),
    )


def named_figures(found):
    degree, components, local, transitivity = found
    return {
        "degree": degree,
        "components": parts(components.membership),
        "localClustering": local,
        "transitivity": [transitivity],
    }


def distances(found):
    """Closeness alone is timed. What we give beside it is computed for comparison, where that does not take minutes."""
    others = {"harmonic": graph.harmonic_centrality(), "diameter": [graph.diameter()]} if n <= 5000 else {}
    return {"closeness": found, **others}


def communities(found):
    """Our own division is judged by igraph's modularity: the two divisions need not be the same."""
    ours = numpy.fromfile(path("communities.ours")).astype(int)
    alone = ours < 0
    ours[alone] = ours.max() + 1 + numpy.arange(alone.sum())
    return {
        "modularity": [graph.modularity(ours.tolist(), weights="weight")],
        "modularityOfIgraph": [graph.modularity(found.membership, weights="weight")],
    }


def open_pairs():
    """Pairs of partners that are not tied, from the degree and the local clustering: igraph counts no brokers."""
    degree = numpy.array(graph.degree())
    local = numpy.nan_to_num(graph.transitivity_local_undirected(mode="nan"))
    return {"openPairs": degree * (degree - 1) / 2 * (1 - local)}


# What is timed, and what names the values afterwards.
measures = {
    "projection": (lambda: two_mode.bipartite_projection(multiplicity=True, which=0), as_rows),
    "figures": (figures, named_figures),
    "distances": (graph.closeness, distances),
    "betweenness": (graph.betweenness, lambda found: {"betweenness": found}),
    "eigenvector": (
        lambda: graph.eigenvector_centrality(weights="weight"),
        lambda found: {"eigenvector": found},
    ),
    "pageRank": (lambda: graph.pagerank(damping=0.85, weights="weight"), lambda found: {"pageRank": found}),
    "structuralHoles": (lambda: graph.constraint(weights="weight"), lambda found: {"constraint": found}),
    "cores": (graph.coreness, lambda found: {"core": found}),
    "communities": (lambda: graph.community_multilevel(weights="weight"), communities),
}


def timed(run):
    start = time.process_time()
    found = run()
    return time.process_time() - start, found


def measure(name):
    if name not in measures:
        for key, values in open_pairs().items():
            write(key, values)
        return None
    run, name_values = measures[name]
    cold, found = timed(run)
    for key, values in name_values(found).items():
        write(key, values)
    if cold > TOO_LONG or runs == 0:
        return {"cold": cold, "warm": None}
    spent = cold
    while spent < WARM_UP:
        spent += max(timed(run)[0], 1e-4)
    return {"cold": cold, "warm": statistics.median(timed(run)[0] for _ in range(runs))}


def peak_megabytes():
    """The most memory that this process had; ru_maxrss would count what its parent had before it."""
    if sys.platform == "linux":
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


times = {name: measure(name) for name in names}
json.dump({"times": times, "peakMegabytes": peak_megabytes(), "version": igraph.__version__}, sys.stdout)
