"""The training objectives of LogisticRegression and LinearSVC, at the weights that `runner --keep` writes, in float64."""
import gzip
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "engines"))
from hemline_engine import preprocessed, use_environment  # noqa: E402

use_environment()

import numpy  # noqa: E402

# The parameters that the objectives below implement (penalties l1 and l2 only). `tol` and `max_iter` do not change an objective.
KNOWN = {"C", "loss", "multi_class", "penalty", "tol", "max_iter"}


def settings(row):
    return dict(part.split("=", 1) for part in row["params"].split(";") if "=" in part)


def training_rows(row):
    """The preprocessed training rows in file order, and their labels."""
    if "HEMLINE_DATA" not in os.environ:
        sys.exit(f"HEMLINE_DATA is not set; set it to the folder that contains {row['dataset']}: the objective needs its training rows")
    folder, n_train = pathlib.Path(os.environ["HEMLINE_DATA"]) / row["dataset"], int(row["n_train"])
    labels = read(folder / "train-labels-idx1-ubyte")[8:]
    images = read(folder / "train-images-idx3-ubyte")[16:].reshape(len(labels), -1)[:n_train]
    labels = labels[:n_train]
    x, _ = preprocessed(row["preprocessing"], images, images[:1])
    return x, labels.astype(int)


def read(path):
    """The bytes of an IDX file, which may be plain or compressed as `.gz`."""
    packed = path.with_name(f"{path.name}.gz")
    if not path.exists() and not packed.exists():
        sys.exit(f"neither {path} nor {packed.name} exists; set HEMLINE_DATA to the folder that contains the dataset's folder")
    data = path.read_bytes() if path.exists() else gzip.decompress(packed.read_bytes())
    return numpy.frombuffer(data, dtype=numpy.uint8)


def scores(x, attributes):
    return x @ numpy.array(attributes["coef"]).T + numpy.array(attributes["intercept"])


def penalties(params, attributes, is_intercept_penalised):
    """The penalty of each class."""
    weights, constants = numpy.array(attributes["coef"]), numpy.array(attributes["intercept"])
    if is_intercept_penalised:
        weights = numpy.column_stack([weights, constants])
    if params.get("penalty") == "l1":
        return numpy.abs(weights).sum(axis=1)
    return (weights**2).sum(axis=1) / 2


def logistic_regression(params, x, y, attributes):
    """The objective of each problem: one per class, or one for all classes (multinomial)."""
    cost, reached = float(params.get("C", 1)), scores(x, attributes)
    own = y[:, None] == numpy.unique(y)
    if params.get("multi_class") == "ovr":
        losses = numpy.logaddexp(0, numpy.where(own, -reached, reached)).sum(axis=0)
        return cost * losses + penalties(params, attributes, True)
    losses = numpy.logaddexp.reduce(reached, axis=1) - reached[own]
    return numpy.array([cost * losses.sum() + penalties(params, attributes, False).sum()])


def linear_svc(params, x, y, attributes):
    """The objective of each problem: one per class, or one for all classes (Crammer-Singer)."""
    cost, reached = float(params.get("C", 1)), scores(x, attributes)
    own = y[:, None] == numpy.unique(y)
    if params.get("multi_class") == "crammer_singer":
        losses = (reached + ~own).max(axis=1) - reached[own]
        return numpy.array([cost * losses.sum() + penalties({}, attributes, True).sum()])
    slacks = numpy.maximum(0, 1 - numpy.where(own, reached, -reached))
    losses = slacks if params.get("loss") == "hinge" else slacks**2
    return cost * losses.sum(axis=0) + penalties(params, attributes, True)


OBJECTIVES = {"LogisticRegression": logistic_regression, "LinearSVC": linear_svc}
