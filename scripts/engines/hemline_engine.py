"""Support for engines in Python: reads the request of docs/engine-protocol.md, prepares the data, measures and answers.

An engine calls `use_environment()` before it imports a library, and then `serve(build, libraries)`. `build(request)` returns an
object with `fit(X, y)` and `predict(X)`; an optional `attributes()` returns what the fit found. `libraries` maps names to versions.
"""

import json
import math
import os
import re
import sys
import time
import warnings
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parent / ".venv"

# The version of docs/engine-protocol.md that this file implements.
PROTOCOL = 2


class Refused(Exception):
    """The engine does not support the point; the text is the reason."""


def use_environment():
    """Restarts the script in the virtual environment that `setup` created, unless it already runs there or there is none."""
    python = ENVIRONMENT / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != ENVIRONMENT.resolve():
        os.execv(python, [str(python), *sys.argv])


def serve(build, libraries):
    """Reads the request, trains the classifier that `build` returns, and writes the answer."""
    request = json.load(sys.stdin)
    if request["protocol"] != PROTOCOL:
        sys.exit(f"this engine supports protocol {PROTOCOL}, not {request['protocol']}")
    try:
        answer = train(request, build(request))
    except Refused as reason:
        answer = {"refused": str(reason)}
    answer["libraries"] = libraries
    Path(request["answer"]).write_text(json.dumps(answer))


def made(cls, parameters, context):
    """The classifier with these parameters and the entries of `context` that it accepts. Refuses unknown parameters."""
    takes = cls().get_params()
    unknown = sorted(set(parameters) - set(takes))
    if unknown:
        raise Refused(f"{cls.__name__} has no parameter {', '.join(unknown)}")
    return cls(**{key: value for key, value in context.items() if key in takes} | parameters)


def train(request, model):
    """Fits and predicts, and measures both times without preparing the data."""
    x_train, y_train, x_test = arrays(request)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = clock()
        model.fit(x_train, y_train)
        fitted = clock()
        predicted = model.predict(x_test)
        end = clock()
    stopped = [warning for warning in caught if "Convergence" in warning.category.__name__]
    not_converged = {str(warning.message).splitlines()[0] for warning in stopped}
    answer = {
        "labels": [int(label) for label in predicted],
        "fit_s": fitted[0] - start[0],
        "predict_s": end[0] - fitted[0],
        "fit_cpu_s": fitted[1] - start[1],
        "predict_cpu_s": end[1] - fitted[1],
    }
    if request.get("attributes"):
        answer["attributes"] = attributes(model)
    if not_converged:
        answer["converged"] = False
        answer["warning"] = ", ".join(sorted(not_converged))
    return answer


def attributes(model):
    """What the fit found, if the classifier provides it. Empty if a number is infinite or NaN, which JSON does not support."""
    found = model.attributes() if hasattr(model, "attributes") else {}
    try:
        json.dumps(found, allow_nan=False)
    except ValueError:
        return {}
    return found


def clock():
    """Wall time and CPU time in seconds."""
    return time.perf_counter(), time.process_time()


def arrays(request):
    """Preprocessed training and test rows in float64, and the training labels. Training rows are in the order of the request."""
    order, n_test = request["order"], request["n_test"]
    x_train = idx(request["train_images"])[order]
    x_test = idx(request["test_images"])[:n_test]
    y_train = idx(request["train_labels"])[order]
    x_train, x_test = preprocessed(request["preprocessing"], x_train, x_test)
    return x_train, y_train.astype("int64"), x_test


def idx(path):
    """The contents of an IDX file of bytes: one row per image, or one element per label."""
    import numpy

    data = numpy.fromfile(path, dtype=numpy.uint8)
    n_dimensions = int(data[3])
    start = 4 + 4 * n_dimensions
    n_rows = int.from_bytes(data[4:8].tobytes(), "big")
    return data[start:].reshape(n_rows, -1) if n_dimensions > 1 else data[start:]


def preprocessed(name, train, test):
    """Both sets of rows after preprocessing, as Hemline defines it. Statistics come from the training rows; a constant pixel becomes 0."""
    import numpy

    train, test = train.astype(numpy.float64), test.astype(numpy.float64)
    if name == "none":
        return train, test
    if derived := re.fullmatch(r"(pca|hog)\((.*)\)", name):
        return DERIVED[derived[1]](derived[2], train, test)
    if name == "unit":
        return train / 255.0, test / 255.0
    if name == "standard":
        mean, deviation = train.mean(axis=0), train.std(axis=0)
        deviation[train.min(axis=0) == train.max(axis=0)] = numpy.inf
        return (train - mean) / deviation, (test - mean) / deviation
    raise Refused(f"this engine does not support preprocessing {name}")


def pca(parameters, train, test):
    """Principal components of the unit pixels. The entry of largest magnitude in each direction is positive."""
    import numpy

    n_components = int(parameters)
    mean = train.mean(axis=0)
    centered = (train - mean) / 255.0
    _, vectors = numpy.linalg.eigh(centered.T @ centered)
    directions = vectors[:, ::-1][:, :n_components]
    largest = numpy.abs(directions).argmax(axis=0)
    directions = directions * numpy.sign(directions[largest, range(n_components)])
    return centered @ directions, (test - mean) / 255.0 @ directions


def hog(parameters, train, test):
    """Histograms of oriented gradients, as scikit-image's `hog` with block_norm="L2-Hys". Images are square."""
    named = dict(part.strip().split("=") for part in parameters.split(","))
    sizes = [int(named.pop(name)) for name in ("orientations", "pixels_per_cell", "cells_per_block")]
    if named:
        raise Refused(f"hog has no parameter {', '.join(named)}")
    return oriented_gradients(train, *sizes), oriented_gradients(test, *sizes)


def oriented_gradients(rows, orientations, size, side):
    """The features of `rows`, with cells of `size` × `size` pixels and blocks of `side` × `side` cells."""
    import numpy

    pixels = math.isqrt(rows.shape[1])
    if pixels * pixels != rows.shape[1]:
        raise Refused("this engine supports hog only for square images")
    images = rows.reshape(-1, pixels, pixels)
    down, across = numpy.zeros_like(images), numpy.zeros_like(images)
    down[:, 1:-1] = images[:, 2:] - images[:, :-2]
    across[:, :, 1:-1] = images[:, :, 2:] - images[:, :, :-2]
    lengths = numpy.hypot(down, across)
    degrees = numpy.rad2deg(numpy.arctan2(down, across)) % 180.0
    n_cells = pixels // size
    part = 180.0 / orientations
    cells = numpy.empty((len(images), n_cells, n_cells, orientations))
    for place in range(orientations):
        here = (degrees >= part * place) & (degrees < part * (place + 1))
        own = numpy.where(here, lengths, 0.0)[:, : n_cells * size, : n_cells * size]
        cells[..., place] = own.reshape(-1, n_cells, size, n_cells, size).mean(axis=(2, 4))
    blocks = []
    for top in range(n_cells - side + 1):
        for left in range(n_cells - side + 1):
            block = cells[:, top : top + side, left : left + side].reshape(len(images), -1)
            block = numpy.minimum(block / lengths_of(block), 0.2)
            blocks.append(block / lengths_of(block))
    return numpy.concatenate(blocks, axis=1)


def lengths_of(rows):
    """The Euclidean norm of each row, with scikit-image's constant against division by zero."""
    import numpy

    return numpy.sqrt((rows**2).sum(axis=1, keepdims=True) + 1e-5**2)


DERIVED = {"pca": pca, "hog": hog}
