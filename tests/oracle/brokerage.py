"""Counts the roles of Gould and Fernandez and the mixing of groups by brute force, over all triples of nodes.

Input: a list of {n, directed, pairs, groups, groupCount}; output: for each the roles of every node, the ties of every
pair of groups, and the moments of the roles of every group in a directed graph of independent arcs (by counting which
pairs of pairs share an arc, so that nothing of the closed form is assumed).
"""

import json
import math
import sys
from itertools import permutations, product

ROLES = ("coordinator", "consultant", "representative", "gatekeeper", "liaison")


def role_of(first, broker, last):
    if first == last:
        return "coordinator" if first == broker else "consultant"
    if first == broker:
        return "representative"
    return "gatekeeper" if last == broker else "liaison"


def roles(n, tied, groups):
    counts = {role: [0] * n for role in ROLES}
    for first, broker, last in permutations(range(n), 3):
        if (first, broker) in tied and (broker, last) in tied and (first, last) not in tied:
            counts[role_of(groups[first], groups[broker], groups[last])][broker] += 1
    return counts


def moments(n, chance, groups, broker):
    """Mean and standard deviation of each role of one broker: from the chance of every product of two open pairs."""
    found = {}
    for role in (*ROLES, "total"):
        pairs = [
            (first, last)
            for first, last in permutations([node for node in range(n) if node != broker], 2)
            if role == "total" or role_of(groups[first], groups[broker], groups[last]) == role
        ]
        present = [{(first, broker), (broker, last)} for first, last in pairs]
        absent = [{(first, last)} for first, last in pairs]
        open_pair = chance**2 * (1 - chance)
        second = 0.0
        for one, other in product(range(len(pairs)), repeat=2):
            there, missing = present[one] | present[other], absent[one] | absent[other]
            second += 0 if there & missing else chance ** len(there) * (1 - chance) ** len(missing)
        mean = len(pairs) * open_pair
        found[role] = {"mean": mean, "deviation": math.sqrt(max(0.0, second - mean * mean))}
    return found


def measured(given):
    n, groups = given["n"], given["groups"]
    pairs = {(one, other) for one, other in map(tuple, given["pairs"]) if one != other}
    tied = pairs if given["directed"] else pairs | {(other, one) for one, other in pairs}
    mixing = [[0] * given["groupCount"] for _ in range(given["groupCount"])]
    for one, other in tied:
        if given["directed"] or one < other:
            from_, to = groups[one], groups[other]
            if not given["directed"]:
                from_, to = min(from_, to), max(from_, to)
            mixing[from_][to] += 1
    chance = len(tied) / (n * (n - 1)) if n > 1 else 0
    brokers = {group: groups.index(group) for group in set(groups)} if given["directed"] and n <= 9 else {}
    return {
        "roles": roles(n, tied, groups),
        "mixing": mixing,
        "moments": {str(group): moments(n, chance, groups, broker) for group, broker in brokers.items()},
    }


json.dump([measured(given) for given in json.load(sys.stdin)], sys.stdout)
