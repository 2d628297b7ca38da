"""Lesson 13, as we would write it."""


def softmax(xp, x):
    e = xp.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def style_loss(xp, F, A):
    D = F.T @ F / len(F) - A
    return xp.square(D).sum(), F @ D * (4 / len(F))


def bytes_moved(steps, sizes):
    places = {name: {"host"} for name in sizes}
    moved = 0
    for where, reads, writes in steps:
        for name in reads:
            if where not in places[name]:
                moved += sizes[name]
                places[name].add(where)
        for name in writes:
            places[name] = {where}
    return moved


def seconds(calls, crossings, machine):
    work = sum(machine["launch"] + moved / machine["S"] + n / machine["R"] for n, moved in calls)
    return work + sum(crossings) / machine["bus"]
