"""Connected components of a mask of any dimension, by a flood fill."""

from collections import deque
from itertools import product

import numpy as np


def steps(dimensions, corners):
    """Steps to the voxels that touch one: by faces, or by edges and corners too."""
    every = product((-1, 0, 1), repeat=dimensions)
    return [step for step in every if any(step) and (corners or sum(map(abs, step)) == 1)]


def neighbours(place, shape, around):
    """The places that steps lead to, as far as the grid goes."""
    moved = (tuple(at + by for at, by in zip(place, step)) for step in around)
    return (to for to in moved if all(0 <= at < size for at, size in zip(to, shape)))


def components_of(mask, corners):
    """Places of each component, in the order of their first places."""
    around = steps(mask.ndim, corners)
    waiting = mask.copy()
    components = []
    for seed in map(tuple, np.argwhere(mask)):
        if not waiting[seed]:
            continue
        waiting[seed] = False
        component, queue = [seed], deque([seed])
        while queue:
            for place in neighbours(queue.popleft(), mask.shape, around):
                if waiting[place]:
                    waiting[place] = False
                    component.append(place)
                    queue.append(place)
        components.append(component)
    return components
